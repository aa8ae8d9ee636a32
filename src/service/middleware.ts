/** Middleware around message handlers, and how the layers become one function, once per handler, at start. */
import { addValues, type MessageContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { HandlerFunction } from "./handler.ts";
import type { ServiceInstance } from "./instance.ts";

/** Runs what stands inside: the next middleware, at last the handler. Values given to it join the context. May be called once. */
export type Next = (values?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** What a middleware is told. */
export interface MessageCall {
  readonly service: ServiceInstance;
  /** The whole parsed message. */
  readonly message: unknown;
  /** The context the handler will get. */
  readonly context: MessageContext;
}

/**
 * Wraps message handlers. Returning without calling `next` acknowledges the message unhandled; throwing counts as the
 * handler's own failure.
 *
 * @example
 * ```ts
 * const trace: MessageMiddleware = (next, { context }) => next({ traceId: (context as AmqpContext).headers["trace-id"] });
 * ```
 */
export type MessageMiddleware = (next: Next, call: MessageCall) => unknown;

/** Handler and middleware as one function; with no middleware it is the handler itself, so that nothing is paid for it. */
export function compose(middleware: readonly MessageMiddleware[], handler: HandlerFunction): HandlerFunction {
  let composed = handler;
  for (const layer of [...middleware].reverse()) composed = wrap(layer, composed);
  return composed;
}

function wrap(layer: MessageMiddleware, inner: HandlerFunction): HandlerFunction {
  return (data, given) => {
    const context = given as MessageContext;
    let called = false;
    const next: Next = async (values) => {
      if (called) {
        throw new ServiceError(
          "ERR_MIDDLEWARE_NEXT_TWICE",
          `The middleware "${layer.name || "anonymous"}" called next() twice for one message: the handler would run twice. Call it once.`,
        );
      }
      called = true;
      return inner(values ? addValues(context, data, values) : data, context);
    };
    return layer(next, { service: context.service, message: context.message, context });
  };
}
