/** The values of one run of a message handler, for any transport. */
import type { Logger } from "../log/logger.ts";
import type { ServiceInstance } from "./instance.ts";

/**
 * Values that your middleware adds to the context. Declare them to give them types: `declare module "tomodachi" { interface
 * MiddlewareValues { traceId: string } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: merged into by users
export interface MiddlewareValues {}

/** The context of every message handler. Transports add members to it. */
export interface MessageContext extends MiddlewareValues {
  /** The service instance that handles the message. */
  readonly service: ServiceInstance;
  /** The whole parsed message. */
  readonly message: unknown;
  /** A logger whose lines name the service, the handler and the message. */
  readonly logger: Logger;
  /** Aborts at the handler's time limit, and when a stop has waited long enough. Pass it to calls that can be cancelled. */
  readonly signal: AbortSignal;
}

/**
 * Adds the values of a middleware to a context, and returns the data to continue with. Values of the transport cannot be replaced. What the
 * envelope returned (`data`, `metadata`) can be, as in Python tomodachi.
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

/** The class of a context has a getter for each value of the transport. */
function transportValues(context: MessageContext): object {
  return Object.getPrototypeOf(context) as object;
}
