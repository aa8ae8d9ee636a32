/** Checks TLS options before a port is opened. */
import { createSecureContext } from "node:tls";
import { clauseOf } from "../../errors.ts";

/** Node's error about a key or a certificate; undefined if Node accepts them. */
export function tlsProblem(options: object): string | undefined {
  const { key, cert, pfx, SNICallback } = options as Readonly<Record<string, unknown>>;
  if (SNICallback === undefined && pfx === undefined && (key === undefined || cert === undefined)) {
    return "key and cert, or pfx, are missing";
  }
  try {
    createSecureContext(options);
    return undefined;
  } catch (error) {
    return clauseOf(error);
  }
}
