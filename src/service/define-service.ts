/** Services without decorators: a service as a value. Plain Node can run it, because plain Node does not know decorators. */
import type { DeadLetter } from "./dead-letter.ts";
import type { Envelope } from "./envelope.ts";
import type { MessageMiddleware } from "./middleware.ts";
import { registerOnPrototype, type Trigger } from "./registry.ts";
import { Service, type ServiceClass } from "./service.ts";
import type { ServiceOptions } from "./service-options.ts";
import type { TransportDefinition } from "./transport.ts";

declare const types: unique symbol;

/** A trigger that knows the types of the handler's arguments and result. Every decorator is one. */
export interface TypedTrigger<Data, Context, Result = unknown> {
  /** What calls the handler. */
  readonly trigger: Trigger;
  /** Only for the compiler: carries the types. */
  readonly [types]?: (data: Data, context: Context) => Result;
}

/** A handler and its triggers, made by `on()`. */
export interface HandlerDefinition {
  /** What calls the handler. */
  readonly triggers: readonly Trigger[];
  /** The handler itself; `this` is the service. */
  readonly handle: (this: Service, data: never, context: never) => unknown;
}

type DataIn<T> = T extends { readonly [types]?: (data: infer Data, context: never) => void } ? Data : never;
type ContextIn<T> = T extends { readonly [types]?: (data: never, context: infer Context) => void } ? Context : never;
type ResultIn<T> = T extends { readonly [types]?: (data: never, context: never) => infer Result } ? Result : unknown;

/**
 * The type of a handler for these triggers. If the triggers know the type of the data, the parameter must accept it. The type of the
 * context may be more specific, because `on` does not know the service's envelope. (Method syntax allows that.)
 */
type HandlerFor<Data, Context, Result> = {
  handle(this: Service, data: Data, context: Context): Result;
}["handle"] &
  (unknown extends Data ? unknown : (this: Service, data: Data, context: never) => Result);

/**
 * A handler without a decorator. Pass several triggers in an array.
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
  /** The name of the service; see `Service.name`. */
  readonly name: string;
  /** Identifies the instance. @default a new one at each start */
  readonly uuid?: string | undefined;
  /** The options of the service. @default {} */
  readonly options?: ServiceOptions | undefined;
  /** The envelope; see `Service.messageEnvelope`. @default null */
  readonly messageEnvelope?: Envelope | null;
  /** Functions that wrap every message handler. @default none */
  readonly messageMiddleware?: readonly MessageMiddleware[] | undefined;
  /** Transports of other packages; see `Service.transports`. @default none */
  readonly transports?: readonly TransportDefinition<never>[] | undefined;
  /** The handlers by name, each made by `on()`. @default none */
  readonly handlers?: Readonly<Record<string, HandlerDefinition>> | undefined;
  /** Runs before anything connects; see `Service.startService`. */
  startService?(this: Service): unknown;
  /** Runs when every handler can receive; see `Service.startedService`. */
  startedService?(this: Service): unknown;
  /** Runs when the stop begins; see `Service.stoppingService`. */
  stoppingService?(this: Service): unknown;
  /** Runs after the last handler has ended; see `Service.stopService`. */
  stopService?(this: Service): unknown;
  /** Runs for each dead-lettered message; see `Service.onDeadLetter`. */
  onDeadLetter?(this: Service, deadLetter: DeadLetter): unknown;
}

const hooks = ["startService", "startedService", "stoppingService", "stopService", "onDeadLetter"] as const;

/**
 * Makes a service class from a definition. It is the same as a class with decorators.
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
    // An envelope that is undefined is kept, so that the start refuses it.
    override messageEnvelope: Envelope | null =
      "messageEnvelope" in definition ? (definition.messageEnvelope as Envelope | null) : null;
    override messageMiddleware: readonly MessageMiddleware[] = definition.messageMiddleware ?? [];
    override transports: readonly TransportDefinition<never>[] = definition.transports ?? [];
  }
  const { prototype } = DefinedService;
  for (const hook of hooks) {
    if (definition[hook]) define(prototype, hook, definition[hook]);
  }
  // HTTP reads this member. src/options.ts adds its type to both forms, because this folder knows nothing of HTTP.
  const { httpMiddleware } = definition as { readonly httpMiddleware?: unknown };
  if (httpMiddleware !== undefined) define(prototype, "httpMiddleware", httpMiddleware);
  for (const [name, handler] of Object.entries(definition.handlers ?? {})) {
    define(prototype, name, handler.handle);
    // In the order in which decorators run: from the bottom up.
    for (const trigger of [...handler.triggers].reverse()) registerOnPrototype(prototype, name, trigger);
  }
  return DefinedService;
}

function define(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}
