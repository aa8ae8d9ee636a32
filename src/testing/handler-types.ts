/** The handlers of a service class as types: their names and their data. */
import type { ServiceFactory } from "../service/create-services.ts";
import type { Service, ServiceClass } from "../service/service.ts";
import type { AmqpContext } from "../transports/amqp/index.ts";

/** What a test can start: a service class, an instance that the test created, or a function that creates one or several services. */
export type ServiceUnderTest = Service | ServiceClass | ServiceFactory;

/** The type of the running instance. */
export type InstanceOf<S> =
  S extends ServiceClass<infer I> ? I : S extends Service ? S : S extends () => infer R ? ElementOf<Awaited<R>> : never;

type ElementOf<R> = R extends readonly (infer I)[] ? Extract<I, Service> : Extract<R, Service>;

type Method = (...parameters: never[]) => unknown;

type OwnMethods<S> = {
  [K in Exclude<keyof S, keyof Service>]: S[K] extends Method ? K : never;
}[Exclude<keyof S, keyof Service>] &
  string;

/** The names of the public methods of a service class. Any string if the type does not show them, as with `defineService`. */
export type HandlerName<S> = S extends unknown ? ([OwnMethods<S>] extends [never] ? string : OwnMethods<S>) : never;

type MethodOf<S, N> = S extends unknown ? (N extends keyof S ? S[N] : never) : never;

/** The type of a handler's first parameter. */
export type DataOf<S, N> = [MethodOf<S, N>] extends [never]
  ? unknown
  : MethodOf<S, N> extends (data: infer Data, ...rest: never[]) => unknown
    ? Data
    : unknown;

/** The type of a handler's second parameter; `AmqpContext` if the handler has none. */
export type ContextFor<S, N> = [MethodOf<S, N>] extends [never]
  ? AmqpContext
  : MethodOf<S, N> extends (data: never, context: infer Context, ...rest: never[]) => unknown
    ? unknown extends Context
      ? AmqpContext
      : Context
    : AmqpContext;
