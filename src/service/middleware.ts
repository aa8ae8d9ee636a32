/** Middleware around message handlers, and how the layers become one function, once per handler, at start. */
import { isPromise } from "../util/is-promise.ts";
import { addValues, type MessageContext } from "./context.ts";
import { ServiceError } from "./errors.ts";
import type { HandlerFunction } from "./handler.ts";
import type { ServiceInstance } from "./instance.ts";

/** Calls the inner layer: the next middleware, finally the handler. Values that are passed join the context. May be called once. */
export type Next = (values?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** The arguments of a middleware. */
export interface MessageCall {
  readonly service: ServiceInstance;
  /** The whole parsed message. */
  readonly message: unknown;
  /** The context the handler will get. */
  readonly context: MessageContext;
}

/**
 * Wraps message handlers. Returning without calling `next` acknowledges the message unhandled; throwing counts as the
 * handler's own failure. If the result of `next` is not awaited, the framework awaits it, and its failure is that of the run.
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

/** The result of `next`: a promise that knows whether it was awaited. */
class InnerRun extends Promise<unknown> {
  #awaited = false;

  /** The result of `then` is not used any more. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** An unhandled rejection would end the process: this handles it, without counting as awaiting. */
  guard(): this {
    super.then(undefined, () => {});
    return this;
  }

  get awaited(): boolean {
    return this.#awaited;
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it on a subclass, and so it is seen
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

/** If a middleware ended before what it called, the message would be acknowledged while its handler runs. */
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
