/** The values of a running message handler, for any transport. */
import type { Logger } from "../log/logger.ts";
import type { ServiceInstance } from "./instance.ts";

/**
 * Values that your middleware adds to the context. Merge into it to have them typed:
 * `declare module "tomodachi" { interface MiddlewareValues { traceId: string } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by users
export interface MiddlewareValues {}

/** The context of every message handler. Transports add to it. */
export interface MessageContext extends MiddlewareValues {
  /** The running instance. */
  readonly service: ServiceInstance;
  /** The whole parsed message. */
  readonly message: unknown;
  /** Bound to service, handler and message. */
  readonly logger: Logger;
  /** Aborts at the handler's deadline, and when a shutdown has waited long enough. */
  readonly signal: AbortSignal;
}

/**
 * Adds a middleware's values to a context and returns the data to continue with. Values of the transport are never replaced;
 * what came out of the envelope (`data`, `metadata`) may be, as in Python tomodachi.
 */
export function addValues(context: MessageContext, data: unknown, values: Readonly<Record<string, unknown>>): unknown {
  let next = data;
  for (const [name, value] of Object.entries(values)) {
    if (name === "data") next = value;
    else if (name === "metadata" || !(name in transportValues(context))) {
      Object.defineProperty(context, name, { value, enumerable: true, configurable: true, writable: true });
    }
  }
  return next;
}

/** A context's class carries a getter for each value of the transport. */
function transportValues(context: MessageContext): object {
  return Object.getPrototypeOf(context) as object;
}
