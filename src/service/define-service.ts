/** The decorator-free form: a service as a value. It runs on plain Node, which does not know decorators. */
import type { DeadLetter } from "./dead-letter.ts";
import type { Envelope } from "./envelope.ts";
import type { MessageMiddleware } from "./middleware.ts";
import { registerOnPrototype, type Trigger } from "./registry.ts";
import { Service, type ServiceClass } from "./service.ts";
import type { ServiceOptions } from "./service-options.ts";
import type { TransportDefinition } from "./transport.ts";

declare const types: unique symbol;

/** A decorator is also a trigger, whose type contains the types that it passes to the handler. */
export interface TypedTrigger<Data, Context, Result = unknown> {
  readonly trigger: Trigger;
  readonly [types]?: (data: Data, context: Context) => Result;
}

/** A handler with what calls it; made by `on()`. */
export interface HandlerDefinition {
  readonly triggers: readonly Trigger[];
  readonly handle: (this: Service, data: never, context: never) => unknown;
}

type DataIn<T> = T extends { readonly [types]?: (data: infer Data, context: never) => void } ? Data : never;
type ContextIn<T> = T extends { readonly [types]?: (data: never, context: infer Context) => void } ? Context : never;
type ResultIn<T> = T extends { readonly [types]?: (data: never, context: never) => infer Result } ? Result : unknown;

/**
 * The handler for the triggers. If they define the type of the data, its parameter must accept it; the context's type may be more
 * specific, because `on` does not know the service's envelope. (Method syntax allows that.)
 */
type HandlerFor<Data, Context, Result> = {
  handle(this: Service, data: Data, context: Context): Result;
}["handle"] &
  (unknown extends Data ? unknown : (this: Service, data: Data, context: never) => Result);

/**
 * A handler without a decorator. Several triggers go in an array.
 *
 * @example
 * ```ts
 * on(amqp("order.paid"), async (order: string, { logger }) => logger.info({ order }, "paid"))
 * ```
 */
export function on<T extends TypedTrigger<never, never>>(
  trigger: T | readonly T[],
  handle: HandlerFor<DataIn<T>, ContextIn<T>, ResultIn<T>>,
): HandlerDefinition {
  const triggers = (Array.isArray(trigger) ? trigger : [trigger]) as readonly T[];
  return { triggers: triggers.map((typed) => typed.trigger), handle: handle as HandlerDefinition["handle"] };
}

/** The argument of `defineService`: the members of a `Service` class, and its handlers by name. */
export interface ServiceDefinition {
  readonly name: string;
  readonly uuid?: string | undefined;
  readonly options?: ServiceOptions | undefined;
  readonly messageEnvelope?: Envelope | null;
  readonly messageMiddleware?: readonly MessageMiddleware[] | undefined;
  readonly transports?: readonly TransportDefinition<never>[] | undefined;
  readonly handlers?: Readonly<Record<string, HandlerDefinition>> | undefined;
  startService?(this: Service): unknown;
  startedService?(this: Service): unknown;
  stoppingService?(this: Service): unknown;
  stopService?(this: Service): unknown;
  onDeadLetter?(this: Service, deadLetter: DeadLetter): unknown;
}

const hooks = ["startService", "startedService", "stoppingService", "stopService", "onDeadLetter"] as const;

/**
 * A service class from a definition; the same as writing the class with decorators.
 *
 * @example
 * ```ts
 * export default defineService({
 *   name: "orders",
 *   handlers: { onPaid: on(amqp("order.paid"), async (order: string) => {}) },
 * });
 * ```
 */
export function defineService(definition: ServiceDefinition): ServiceClass {
  class DefinedService extends Service {
    name: string = definition.name;
    override uuid: string = definition.uuid ?? crypto.randomUUID();
    override options: ServiceOptions = definition.options ?? {};
    // An undefined one is kept: the start refuses it.
    override messageEnvelope: Envelope | null =
      "messageEnvelope" in definition ? (definition.messageEnvelope as Envelope | null) : null;
    override messageMiddleware: readonly MessageMiddleware[] = definition.messageMiddleware ?? [];
    override transports: readonly TransportDefinition<never>[] = definition.transports ?? [];
  }
  const { prototype } = DefinedService;
  for (const hook of hooks) {
    if (definition[hook]) define(prototype, hook, definition[hook]);
  }
  // HTTP reads it; its type is merged into both forms by src/options.ts, because nothing here knows HTTP.
  const { httpMiddleware } = definition as { readonly httpMiddleware?: unknown };
  if (httpMiddleware !== undefined) define(prototype, "httpMiddleware", httpMiddleware);
  for (const [name, handler] of Object.entries(definition.handlers ?? {})) {
    define(prototype, name, handler.handle);
    // As decorators run: from the bottom up.
    for (const trigger of [...handler.triggers].reverse()) registerOnPrototype(prototype, name, trigger);
  }
  return DefinedService;
}

function define(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}
