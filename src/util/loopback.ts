/** Whether an address is one of this machine alone. */

export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127(\.\d{1,3}){1,3}$/.test(host);
}
