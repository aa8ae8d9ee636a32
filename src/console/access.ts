/** Who may use the console: requests to an address of this machine, and from a page of the console itself. */

export interface AskedHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly "sec-fetch-site"?: string | string[] | undefined;
}

/** Names that no server on the internet can have. */
const ownNames: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Whether the request was sent to an address of this machine. A page of another site can make its own host name lead to 127.0.0.1 (DNS
 * rebinding), but then the browser sends that name.
 */
export function isOwnHost({ host }: AskedHeaders): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname, host: parsed } = new URL(`http://${host}`);
  // A value with more than a name and a port, such as "localhost@evil.example", is parsed to something else.
  return ownNames.has(hostname) && (parsed === host.toLowerCase() || `${parsed}:80` === host.toLowerCase());
}

/** Whether a browser sent it from a page of the console. Programs that are not browsers send neither header. */
export function isOwnOrigin({ host, origin, "sec-fetch-site": site }: AskedHeaders): boolean {
  if (origin !== undefined && origin !== `http://${host}`) return false;
  return site === undefined || site === "same-origin" || site === "none";
}
