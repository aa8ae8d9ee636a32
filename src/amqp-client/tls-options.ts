/**
 * Options of TLS, checked before a socket exists: Node throws for some of them after it has begun to connect, and then no code
 * has the socket whose error comes later.
 */
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { isError, messageOf } from "../errors.ts";
import { isPromise } from "../util/is-promise.ts";
import { AmqpConnectionError } from "./errors.ts";
import { refuseSecureContext } from "./session/socket.ts";

const pemBegin = "-----BEGIN ";

/** `path` leads to `tls`. @throws AmqpConnectionError for a certificate, a key or another option that Node refuses */
export function checkedTls(tls: TlsOptions, path: string): TlsOptions {
  const unusable = (why: string, cause?: unknown): AmqpConnectionError => unusableTls(path, why, cause);
  const { servername, session, checkServerIdentity: check } = tls;
  if (servername !== undefined && typeof servername !== "string") throw unusable("servername must be a string");
  if (session !== undefined && !(session instanceof Uint8Array)) throw unusable("session must be a Buffer");
  if (check !== undefined && typeof check !== "function") throw unusable("checkServerIdentity must be a function");
  if (!tls.secureContext) {
    for (const name of ["ca", "cert", "key"] as const) {
      if (!isPem(tls[name]))
        throw unusable(`${name} is not in PEM form; if it is the path of a file, read the file (readFileSync)`);
    }
  }
  try {
    refuseSecureContext(tls);
  } catch (error) {
    throw unusable(messageOf(error), error);
  }
  return check ? { ...tls, checkServerIdentity: guarded(check, path) } : { ...tls };
}

/** Node ignores a `ca` that is anything else. What is no string and no bytes is checked by Node. */
function isPem(given: unknown): boolean {
  const parts: readonly unknown[] = Array.isArray(given) ? given : [given];
  return parts.every((part) => {
    if (typeof part === "string") return part.includes(pemBegin);
    return part instanceof Uint8Array ? Buffer.from(part).includes(pemBegin) : true;
  });
}

/** Node calls it inside the socket, where nothing catches: what it throws would end the process. */
function guarded(
  check: NonNullable<TlsOptions["checkServerIdentity"]>,
  path: string,
): NonNullable<TlsOptions["checkServerIdentity"]> {
  return (hostname, certificate) => {
    try {
      const answer: unknown = check(hostname, certificate);
      if (answer === undefined || isError(answer)) return answer;
      if (isPromise(answer)) answer.then(undefined, () => {});
      return new Error(`checkServerIdentity of ${path}.tls must return undefined or an Error, not a promise`);
    } catch (error) {
      return isError(error) ? error : new Error(`checkServerIdentity of ${path}.tls threw ${messageOf(error)}`);
    }
  };
}

function unusableTls(path: string, why: string, cause?: unknown): AmqpConnectionError {
  return new AmqpConnectionError(
    "ERR_AMQP_CONNECTION_OPTIONS",
    `${path}.tls cannot be used: ${why}. Write options of Node's tls.connect.`,
    { cause },
  );
}
