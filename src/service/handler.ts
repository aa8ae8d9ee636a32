/** Handler: a method of one service instance, bound, with the options of the trigger that calls it. */
import type { Logger } from "../log/logger.ts";

/** A bound method: the payload first, what is known about its arrival second. */
export type HandlerFunction = (data: unknown, context: unknown) => unknown;

export interface Handler<Options> {
  /** The method's name. */
  readonly name: string;
  /** Calls the user's method itself, without middleware. */
  readonly call: HandlerFunction;
  /** What the decorator was given. */
  readonly options: Options;
  /** How a user wrote the trigger, for messages: `@amqp("order.paid") onPaid`. */
  readonly label: string;
  /** Bound to service and handler. */
  readonly logger: Logger;
}
