/** The types of `@amqp`: its options, and decorators that refuse a handler which does not fit them. */
import type { TypedTrigger } from "../../service/define-service.ts";
import type {
  EnvelopeDataOf,
  EnvelopeOptions,
  MessageOf,
  OptionsOf,
  OwnDataOptions,
  OwnEnvelopeOptions,
} from "../../service/envelope.ts";
import type { ServiceLike } from "../../service/service.ts";
import type { SchemaOutput, StandardSchema } from "../../service/standard-schema.ts";
import type { EventContract } from "./contracts/event.ts";
import type { ParamsOf } from "./contracts/key-template.ts";
import type { AmqpContext, AnyParams } from "./contracts/message-context.ts";
import type { RequestContract } from "./contracts/request.ts";
import type { BatchResult } from "./options/batch-options.ts";
import type { OrderingKeyFunctionFor } from "./options/ordering-key.ts";
import type { RequestDecorator, RequestSubscribeOptions } from "./options/request-decorator.ts";
import type { AmqpOptions } from "./options/subscription-options.ts";

declare const inherited: unique symbol;
/** No envelope is named in the options, so the envelope of the service is used. */
export interface Inherit {
  readonly [inherited]: true;
}

declare const single: unique symbol;
/** There is no `batch`. It is a type of its own, because `undefined` fits every type where `strictNullChecks` is off. */
export interface OneByOne {
  readonly [single]: true;
}

declare const absent: unique symbol;
/** An option is not given; a type of its own for the same reason. */
export interface Absent {
  readonly [absent]: true;
}

/**
 * The options of one subscription: those of `@amqp`, and those of the envelope. If no envelope is named, the options of every envelope that
 * adds some are accepted.
 */
export type SubscribeOptions<E, Schema = StandardSchema | undefined, Told = unknown> = Omit<
  AmqpOptions,
  "schema" | "orderingKey"
> & {
  readonly messageEnvelope?: E | undefined;
  readonly schema?: Schema | undefined;
  /** {@inheritDoc AmqpOptions.orderingKey} */
  readonly orderingKey?: OrderingKeyFunctionFor<DataFor<Schema, Told>, AnyParams> | undefined;
} & EnvelopeOptionsFor<E> &
  DataOptionsFor<E, Told>;

/** The options of a subscription with a contract. Those that the contract sets are left out. */
export type EventSubscribeOptions<E, C extends EventContract = EventContract> = Omit<
  AmqpOptions,
  "schema" | "exchangeName" | "orderingKey"
> & {
  /** {@inheritDoc AmqpOptions.orderingKey} */
  readonly orderingKey?: OrderingKeyFunctionFor<SchemaOutput<C["schema"]>, ParamsOf<C["routingKey"]>> | undefined;
} & EnvelopeOptionsFor<E>;

type EnvelopeOptionsFor<E> = [Inherit] extends [E] ? EnvelopeOptions & OwnEnvelopeOptions : OptionsOf<E>;

/** The option by which the envelope knows the type of the data. `Told` is inferred from its value. */
type DataOptionsFor<E, Told> = [DataOptionNames<E>] extends [never]
  ? unknown
  : { readonly [Name in keyof OwnDataOptions<unknown>]?: Told | undefined };

type DataOptionNames<E> = keyof OwnDataOptions<unknown> & keyof EnvelopeOptionsFor<E>;

export type OptionsFor<Key, Schema, E, Batch, Told> = Key extends RequestContract
  ? RequestSubscribeOptions<Key>
  : (Key extends EventContract
      ? EventSubscribeOptions<EnvelopeNamed<Key, E>, Key>
      : SubscribeOptions<E, Schema, Told>) & {
      /** Passes lists of data and of contexts to the handler, instead of one message at a time. @default one message at a time */
      readonly batch?: Batch | undefined;
    };

export type DecoratorFor<Key, Schema, E, Batch, Told> = Key extends RequestContract
  ? RequestDecorator<Key>
  : [OneByOne] extends [Batch]
    ? AmqpDecorator<EnvelopeNamed<Key, E>, DataFor<SchemaNamed<Key, Schema>, Told>, ParamsFor<Key>>
    : BatchDecorator<EnvelopeNamed<Key, E>, DataFor<SchemaNamed<Key, Schema>, Told>, ParamsFor<Key>>;

/** The envelope that the contract names, or the one beside a key; otherwise the envelope of the service. */
export type EnvelopeNamed<Key, E> = Key extends EventContract | RequestContract
  ? [Key["envelope"]] extends [undefined]
    ? Inherit
    : Key["envelope"]
  : E;

type SchemaNamed<Key, Schema> = Key extends EventContract ? Key["schema"] : Schema;

/** `never` if the type of the data is unknown. */
type DataFor<Schema, Told> = [Absent] extends [Schema]
  ? [Absent] extends [Told]
    ? never
    : OwnDataOptions<Told>[keyof OwnDataOptions<unknown>]
  : Schema extends StandardSchema
    ? SchemaOutput<Schema>
    : never;

type ParamsFor<Key> = Key extends EventContract ? ParamsOf<Key["routingKey"]> : AnyParams;

type EnvelopeFor<E, This> = [Inherit] extends [E] ? (This extends { messageEnvelope: infer Own } ? Own : unknown) : E;

type ContextFor<E, Params, This> = AmqpContext<MessageOf<EnvelopeFor<E, This>>, Params>;

/** The type of what arrives: from the schema or an option, or else from the envelope, or else from the handler alone. */
type Incoming<E, Data, This> = [Data] extends [never] ? EnvelopeDataOf<EnvelopeFor<E, This>> : Data;

type Stated<Data> = [Data] extends [never] ? unknown : Data;

type HandlerFor<E, Data, Params, This> = (
  this: This,
  data: Incoming<E, Data, This>,
  context: ContextFor<E, Params, This>,
) => unknown;

/**
 * The result of `amqp()`: a method decorator in both forms, and a trigger for `on()`. `Data` is `never` if nothing says what arrives; then
 * the type in the handler is used.
 */
export interface AmqpDecorator<E, Data = never, Params = AnyParams>
  extends TypedTrigger<Stated<Incoming<E, Data, unknown>>, ContextFor<E, Params, unknown>> {
  /** Standard decorators. */
  <This extends ServiceLike, F extends HandlerFor<E, Data, Params, This>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** Decorators with `experimentalDecorators`. */
  <This extends ServiceLike, F extends HandlerFor<E, Data, Params, This>>(
    prototype: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}

type BatchHandlerFor<E, Data, Params, This> = (
  this: This,
  items: Incoming<E, Data, This>[],
  contexts: ContextFor<E, Params, This>[],
) => BatchResult | PromiseLike<BatchResult>;

/** The result of `amqp()` with `batch`: the handler gets lists of data and of contexts, and returns an outcome for each message. */
export interface BatchDecorator<E, Data = never, Params = AnyParams>
  extends TypedTrigger<
    [Incoming<E, Data, unknown>] extends [never] ? unknown : Incoming<E, Data, unknown>[],
    ContextFor<E, Params, unknown>[],
    BatchResult | PromiseLike<BatchResult>
  > {
  /** Standard decorators. */
  <This extends ServiceLike, F extends BatchHandlerFor<E, Data, Params, This>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** Decorators with `experimentalDecorators`. */
  <This extends ServiceLike, F extends BatchHandlerFor<E, Data, Params, This>>(
    prototype: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}
