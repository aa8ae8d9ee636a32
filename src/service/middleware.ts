/** Middleware around message handlers. The layers of a handler become one function once, at the start. */
import { isPromise } from "../util/is-promise.ts";
import { addValues, type MessageContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { HandlerFunction } from "./handler.ts";
import type { ServiceInstance } from "./instance.ts";

/** Calls the next middleware, or after the last one the handler. Values that are passed are added to the context. May be called once. */
export type Next = (values?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** The second argument of a middleware. */
export interface MessageCall {
  /** The service that handles the message. */
  readonly service: ServiceInstance;
  /** The whole parsed message. */
  readonly message: unknown;
  /** The context that the handler will get. */
  readonly context: MessageContext;
}

/**
 * A function that wraps message handlers. If it returns without calling `next`, the message is acknowledged without its handler. If it
 * throws, the run has failed as if the handler had thrown. If it does not await `next`, the framework does, and an error of it is the error
 * of the run.
 *
 * @example
 * ```ts
 * const trace: MessageMiddleware = (next, { context }) => next({ traceId: (context as AmqpContext).headers["trace-id"] });
 * ```
 */
export type MessageMiddleware = (next: Next, call: MessageCall) => unknown;

/** Combines middleware and handler into one function. Without middleware it is the handler itself, so that it costs nothing. */
export function compose(middleware: readonly MessageMiddleware[], handler: HandlerFunction): HandlerFunction {
  let composed = handler;
  for (const layer of [...middleware].reverse()) composed = wrap(layer, composed);
  return composed;
}

/** The result of `next`: a promise that knows whether it was awaited. */
class InnerRun extends Promise<unknown> {
  #awaited = false;

  /** The result of `then` is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Handles a rejection without counting as an await, because an unhandled rejection would end the process. */
  guard(): this {
    super.then(undefined, () => {});
    return this;
  }

  get awaited(): boolean {
    return this.#awaited;
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it on a subclass, so the subclass notices it
  override then<T = unknown, E = never>(
    fulfilled?: ((value: unknown) => T | PromiseLike<T>) | null,
    rejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<T | E> {
    this.#awaited = true;
    return super.then(fulfilled, rejected);
  }
}

function wrap(layer: MessageMiddleware, inner: HandlerFunction): HandlerFunction {
  return (data, given) => {
    const context = given as MessageContext;
    const runs: InnerRun[] = [];
    const next: Next = (values) => {
      const again = runs.length > 0;
      const run = new InnerRun((resolve) => {
        if (again) throw calledTwice(layer);
        resolve(inner(values ? addValues(context, data, values) : data, context));
      }).guard();
      runs.push(run);
      return run;
    };
    const returned = layer(next, { service: context.service, message: context.message, context });
    if (returned === runs[0]) return returned;
    return isPromise(returned) ? returned.then((value) => afterRuns(runs, value)) : afterRuns(runs, returned);
  };
}

/** If a middleware ended before what it called, the message would be acknowledged while its handler still runs. */
function afterRuns(runs: readonly InnerRun[], value: unknown): unknown {
  const forgotten = runs.filter(({ awaited }) => !awaited);
  return forgotten.length === 0 ? value : Promise.all(forgotten).then(() => value);
}

function calledTwice({ name }: MessageMiddleware): ServiceError {
  return new ServiceError(
    "ERR_MIDDLEWARE_NEXT_TWICE",
    `The middleware "${name || "anonymous"}" called next() twice for one message: the handler would run twice. Call it once.`,
  );
}
