/**
 * The current context: everything below a handler can read what is being handled. A service has it only with `options.asyncContext`,
 * because Node's AsyncLocalStorage costs time for each message.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "../log/logger.ts";
import type { MessageContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { HandlerFunction } from "./handler.ts";
import { getService, loggerOf, noneFollowsContext } from "./running-services.ts";

// One for the whole process: a function far below a handler knows no service whose storage it could use.
const storage = new AsyncLocalStorage<MessageContext | undefined>();

/**
 * The context of the handler that called this function, directly or through other functions, also after an `await`. Undefined outside a
 * handler, and in a handler of batches, which has one context for each message.
 *
 * @example
 * ```ts
 * const tenant = currentContext<AmqpContext>()?.headers["x-tenant"];
 * ```
 * @throws ERR_CONTEXT_OFF when services run and none of them has `options.asyncContext`
 */
export function currentContext<C extends MessageContext = MessageContext>(): C | undefined {
  const context = storage.getStore();
  if (context === undefined && noneFollowsContext()) {
    throw new ServiceError(
      "ERR_CONTEXT_OFF",
      "currentContext() has no message here, because no running service has options.asyncContext: true. Set it in the service.",
    );
  }
  return context as C | undefined;
}

/**
 * The logger of the current message: its lines contain handler, routing key and message id. Outside a handler, or without
 * `options.asyncContext`, it is the logger of the service that started last. If no service runs, it writes nothing. It never throws.
 */
export function getLogger(): Logger {
  const context = storage.getStore();
  if (context) return context.logger;
  return loggerOf(getService());
}

/** The current context, without an error if asyncContext is off. */
export function followedContext(): unknown {
  return storage.getStore();
}

/** Wraps a handler so that its context is the current one in everything that it calls. */
export function followed(call: HandlerFunction): HandlerFunction {
  return (data, context) => storage.run(context as MessageContext, call, data, context);
}

/** Wraps a handler so that there is no current context in what it calls. */
export function unfollowed(call: HandlerFunction): HandlerFunction {
  return (data, context) => storage.run(undefined, call, data, context);
}
