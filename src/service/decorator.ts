/** createDecorator(): makes the decorator of a transport. `on()` also accepts what it returns. */
import type { TypedTrigger } from "./define-service.ts";
import { registerDecorated, type Trigger } from "./registry.ts";
import type { ServiceLike } from "./service.ts";
import type { Transport, TransportDefinition } from "./transport.ts";
import { requireDefinition } from "./transport-check.ts";

/**
 * A method decorator, in the standard form and in the form of `experimentalDecorators`, and a trigger for `on()`. A method does not compile
 * if its parameters do not accept `Data` and `Context`, or if it does not return `Result`.
 */
export interface HandlerDecorator<Data, Context, Result = unknown> extends TypedTrigger<Data, Context, Result> {
  /** Standard decorators. */
  <This extends ServiceLike, F extends (this: This, data: Data, context: Context) => Result>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** Decorators with `experimentalDecorators`. */
  <This extends ServiceLike, F extends (this: This, data: Data, context: Context) => Result>(
    prototype: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}

/**
 * Makes the decorator of a transport. The transport receives `options` as `handler.options`. `label` is the decorator as a user writes it;
 * messages show it.
 *
 * @example
 * ```ts
 * export function file(pattern: string): HandlerDecorator<Buffer, FileContext> {
 *   return createDecorator(fileTransport, { pattern }, `@file(${JSON.stringify(pattern)})`);
 * }
 * ```
 * @throws ERR_TRANSPORT_INVALID when `transport` is not a transport definition
 */
export function createDecorator<Options, Data, Context, Result = unknown>(
  transport: TransportDefinition<Options, Transport<Options>>,
  options: Options,
  label: string,
): HandlerDecorator<Data, Context, Result> {
  requireDefinition(transport);
  const trigger = { transport, options, label } as unknown as Trigger;
  const decorate = (target: unknown, second: unknown): void => registerDecorated(target, second, trigger);
  return Object.assign(decorate, { trigger }) as unknown as HandlerDecorator<Data, Context, Result>;
}
