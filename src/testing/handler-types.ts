/** The handlers of a service class as types: their names, and the data of each. */
import type { ServiceFactory } from "../service/create-services.ts";
import type { Service, ServiceClass } from "../service/service.ts";
import type { AmqpContext } from "../transports/amqp/index.ts";

/** What can be tested: a service class, an instance made by the test, or a function that creates one or several. */
export type ServiceUnderTest = Service | ServiceClass | ServiceFactory;

/** The instance that runs. */
export type InstanceOf<S> =
  S extends ServiceClass<infer I> ? I : S extends Service ? S : S extends () => infer R ? ElementOf<Awaited<R>> : never;

type ElementOf<R> = R extends readonly (infer I)[] ? Extract<I, Service> : Extract<R, Service>;

type Method = (...parameters: never[]) => unknown;

type OwnMethods<S> = {
  [K in Exclude<keyof S, keyof Service>]: S[K] extends Method ? K : never;
}[Exclude<keyof S, keyof Service>] &
  string;

/** The public methods of a service class; any string if the type does not say, as for `defineService`. */
export type HandlerName<S> = S extends unknown ? ([OwnMethods<S>] extends [never] ? string : OwnMethods<S>) : never;

type MethodOf<S, N> = S extends unknown ? (N extends keyof S ? S[N] : never) : never;

/** The first parameter of a handler. */
export type DataOf<S, N> = [MethodOf<S, N>] extends [never]
  ? unknown
  : MethodOf<S, N> extends (data: infer Data, ...rest: never[]) => unknown
    ? Data
    : unknown;

/** The second parameter of a handler; that of AMQP if it has none. */
export type ContextFor<S, N> = [MethodOf<S, N>] extends [never]
  ? AmqpContext
  : MethodOf<S, N> extends (data: never, context: infer Context, ...rest: never[]) => unknown
    ? unknown extends Context
      ? AmqpContext
      : Context
    : AmqpContext;
