/** HttpError: an error that is an answer. */
import { createRequire } from "node:module";
import { TomodachiError } from "../../errors.ts";
import type { HttpHeaders } from "./route-types.ts";

/** Loaded with the first name of a status: a service without HTTP imports this file too. */
const nodeHttp = (): typeof import("node:http") => createRequire(import.meta.url)("node:http");

/** The options of an `HttpError`. */
export interface HttpErrorOptions {
  /** The error that led to this one; the client does not see it. */
  readonly cause?: unknown;
  /** Further headers of the response. @default none */
  readonly headers?: HttpHeaders | undefined;
  /** Further members of the response body, beside those of RFC 9457 (problem details). @default none */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Throw it in a handler or a middleware to answer with this status and message. The client can read the message. Without a message it reads
 * the name of the status.
 *
 * @example
 * ```ts
 * throw new HttpError(404, `There is no order ${id}.`);
 * ```
 */
export class HttpError extends TomodachiError {
  /** The status of the response, 400 to 599. */
  readonly status: number;
  /** Further headers of the response. */
  readonly headers: HttpHeaders;
  /** Further members of the response body. */
  readonly members: Readonly<Record<string, unknown>>;

  /** @throws RangeError for a status that is not from 400 to 599 */
  constructor(status: number, message: string = titleOf(status), options: HttpErrorOptions = {}) {
    super("ERR_HTTP_STATUS", message, options);
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(
        `HttpError needs a status from 400 to 599, but ${String(status)} was given. Return any other status from the handler.`,
      );
    }
    this.status = status;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

/** The name of a status, such as "Not Found". */
export function titleOf(status: number): string {
  return nodeHttp().STATUS_CODES[status] ?? (status < 500 ? "Client Error" : "Server Error");
}
