/** Handler: a bound method of one service instance, with the options of its trigger. */
import type { Logger } from "../log/logger.ts";

/** A bound method. The first argument is the data, the second the context. */
export type HandlerFunction = (data: unknown, context: unknown) => unknown;

/** One method of a service instance, as its transport gets it. */
export interface Handler<Options> {
  /** The name of the method. */
  readonly name: string;
  /** Calls the method itself, without middleware. */
  readonly call: HandlerFunction;
  /** The options in the decorator. */
  readonly options: Options;
  /** The trigger as a user wrote it, for messages: `@amqp("order.paid") onPaid`. */
  readonly label: string;
  /** A logger whose lines name the service and the handler. */
  readonly logger: Logger;
}
