/** From where the console may be asked: by an address of this machine, and from a page of the console itself. */

export interface AskedHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly "sec-fetch-site"?: string | string[] | undefined;
}

/** Names that no server of the internet can have. */
const ownNames: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Whether the request came by an address of this machine. A page of another site can make its own name lead to 127.0.0.1 (DNS
 * rebinding), and then its browser sends that name.
 */
export function isOwnHost({ host }: AskedHeaders): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname, host: parsed } = new URL(`http://${host}`);
  // What is more than a name and a port, such as "localhost@evil.example", is parsed to something else.
  return ownNames.has(hostname) && (parsed === host.toLowerCase() || `${parsed}:80` === host.toLowerCase());
}

/** Whether a browser sent it from a page of the console. Programs that are no browser send neither header. */
export function isOwnOrigin({ host, origin, "sec-fetch-site": site }: AskedHeaders): boolean {
  if (origin !== undefined && origin !== `http://${host}`) return false;
  return site === undefined || site === "same-origin" || site === "none";
}
