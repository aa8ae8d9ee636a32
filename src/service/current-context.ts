/**
 * Context that follows the work: what is handled, known anywhere below its handler. A service has it where `options.asyncContext`
 * is on; each message costs what Node asks for an AsyncLocalStorage.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "../log/logger.ts";
import type { MessageContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { HandlerFunction } from "./handler.ts";
import { getService, loggerOf, noneFollowsContext } from "./running-services.ts";

// One for the process: a function far below a handler knows no service to ask for its own.
const storage = new AsyncLocalStorage<MessageContext | undefined>();

/**
 * The context of the handler that this was called from, however far below it, also after an `await`. Undefined outside of a handler and in
 * the handler of a batch, which has a context for each message.
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
 * The logger of the current message, anywhere below its handler: its lines carry handler, routing key and message id. Elsewhere, and where
 * `options.asyncContext` is off, that of the service which started last; silent where none runs. Never throws.
 */
export function getLogger(): Logger {
  const context = storage.getStore();
  if (context) return context.logger;
  return loggerOf(getService());
}

/** The same without an error if asyncContext is off. */
export function followedContext(): unknown {
  return storage.getStore();
}

/** The handler, called so that its context is the current one below it. */
export function followed(call: HandlerFunction): HandlerFunction {
  return (data, context) => storage.run(context as MessageContext, call, data, context);
}

/** The handler, called so that there is no current context below it. */
export function unfollowed(call: HandlerFunction): HandlerFunction {
  return (data, context) => storage.run(undefined, call, data, context);
}
