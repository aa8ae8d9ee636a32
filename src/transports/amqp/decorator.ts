/** @amqp: subscribes a method, typed so that a handler which does not fit does not compile. */
import { createDecorator } from "../../service/decorator.ts";
import type { TypedTrigger } from "../../service/define-service.ts";
import type {
  Envelope,
  EnvelopeDataOf,
  EnvelopeOptions,
  MessageOf,
  OptionsOf,
  OwnDataOptions,
  OwnEnvelopeOptions,
} from "../../service/envelope.ts";
import { ConfigurationError } from "../../service/errors.ts";
import type { ServiceLike } from "../../service/service.ts";
import type { SchemaOutput, StandardSchema } from "../../service/standard-schema.ts";
import { type EventContract, isEventContract } from "./contracts/event.ts";
import type { ParamsOf } from "./contracts/key-template.ts";
import type { AmqpContext, AnyParams } from "./contracts/message-context.ts";
import { isRequestContract, type RequestContract } from "./contracts/request.ts";
import type { BatchOptions, BatchResult } from "./options/batch-options.ts";
import { triggerOfEvent } from "./options/event-trigger.ts";
import { refuseUndefinedEnvelope } from "./options/given-envelope.ts";
import type { AmqpOptions } from "./options/options.ts";
import type { OrderingKeyFunctionFor } from "./options/ordering-key.ts";
import type { AmqpTrigger } from "./options/plan.ts";
import { type RequestDecorator, type RequestSubscribeOptions, triggerOfRequest } from "./options/request-trigger.ts";
import { amqpTransport } from "./transport.ts";

declare const inherited: unique symbol;
/** No envelope is named beside the options: the service's counts. */
interface Inherit {
  readonly [inherited]: true;
}

declare const single: unique symbol;
/** No `batch` is given. A type of its own, because `undefined` fits every type where `strictNullChecks` is off. */
interface OneByOne {
  readonly [single]: true;
}

declare const absent: unique symbol;
/** Nothing is given for an option, for the same reason. */
interface Absent {
  readonly [absent]: true;
}

/** Options of one subscription: its own, and those of the envelope named beside them, else of any envelope that merged some. */
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

/** Options beside a contract, which says the rest itself. */
export type EventSubscribeOptions<E, C extends EventContract = EventContract> = Omit<
  AmqpOptions,
  "schema" | "exchangeName" | "orderingKey"
> & {
  /** {@inheritDoc AmqpOptions.orderingKey} */
  readonly orderingKey?: OrderingKeyFunctionFor<SchemaOutput<C["schema"]>, ParamsOf<C["routingKey"]>> | undefined;
} & EnvelopeOptionsFor<E>;

type EnvelopeOptionsFor<E> = [Inherit] extends [E] ? EnvelopeOptions & OwnEnvelopeOptions : OptionsOf<E>;

/** What the envelope knows the data by, as it was given: `Told` is inferred from it. */
type DataOptionsFor<E, Told> = [DataOptionNames<E>] extends [never]
  ? unknown
  : { readonly [Name in keyof OwnDataOptions<unknown>]?: Told | undefined };

type DataOptionNames<E> = keyof OwnDataOptions<unknown> & keyof EnvelopeOptionsFor<E>;

type OptionsFor<Key, Schema, E, Batch, Told> = Key extends RequestContract
  ? RequestSubscribeOptions<Key>
  : (Key extends EventContract
      ? EventSubscribeOptions<EnvelopeNamed<Key, E>, Key>
      : SubscribeOptions<E, Schema, Told>) & {
      /** Hand over lists of data and of contexts instead of one message at a time. @default one by one */
      readonly batch?: Batch | undefined;
    };

type DecoratorFor<Key, Schema, E, Batch, Told> = Key extends RequestContract
  ? RequestDecorator<Key>
  : [OneByOne] extends [Batch]
    ? AmqpDecorator<EnvelopeNamed<Key, E>, DataFor<SchemaNamed<Key, Schema>, Told>, ParamsFor<Key>>
    : BatchDecorator<EnvelopeNamed<Key, E>, DataFor<SchemaNamed<Key, Schema>, Told>, ParamsFor<Key>>;

/** The envelope that the contract names, or the one beside a key; else the service's counts. */
type EnvelopeNamed<Key, E> = Key extends EventContract | RequestContract
  ? [Key["envelope"]] extends [undefined]
    ? Inherit
    : Key["envelope"]
  : E;

type SchemaNamed<Key, Schema> = Key extends EventContract ? Key["schema"] : Schema;

/** `never` where nothing says what arrives. */
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

/** What arrives: said by the schema or an option, else by the envelope, else by the handler alone. */
type Incoming<E, Data, This> = [Data] extends [never] ? EnvelopeDataOf<EnvelopeFor<E, This>> : Data;

type Stated<Data> = [Data] extends [never] ? unknown : Data;

type HandlerFor<E, Data, Params, This> = (
  this: This,
  data: Incoming<E, Data, This>,
  context: ContextFor<E, Params, This>,
) => unknown;

/**
 * What `amqp()` gives: a method decorator under both forms, and a trigger for `on()`. `Data` is `never` where nothing
 * says what arrives: then the handler's own word counts.
 */
export interface AmqpDecorator<E, Data = never, Params = AnyParams>
  extends TypedTrigger<Stated<Incoming<E, Data, unknown>>, ContextFor<E, Params, unknown>> {
  /** The standard form. */
  <This extends ServiceLike, F extends HandlerFor<E, Data, Params, This>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** The form of `experimentalDecorators`. */
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

/** What `amqp()` gives with `batch`: lists of data and of contexts, and an outcome for each message. */
export interface BatchDecorator<E, Data = never, Params = AnyParams>
  extends TypedTrigger<
    [Incoming<E, Data, unknown>] extends [never] ? unknown : Incoming<E, Data, unknown>[],
    ContextFor<E, Params, unknown>[],
    BatchResult | PromiseLike<BatchResult>
  > {
  /** The standard form. */
  <This extends ServiceLike, F extends BatchHandlerFor<E, Data, Params, This>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** The form of `experimentalDecorators`. */
  <This extends ServiceLike, F extends BatchHandlerFor<E, Data, Params, This>>(
    prototype: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}

/**
 * Calls the method for each message whose routing key matches; `*` stands for one word, `#` for any number of words. In
 * place of the key a contract (see `event`) says what arrives, and by which key; by one made by `request()` the method
 * answers: what it returns is the reply.
 * Options that are not AMQP's are handed to the envelope's `parseMessage`.
 *
 * @example
 * ```ts
 * @amqp("order.*.paid", { queueName: "orders-paid", prefetch: 50 })
 * async onPaid(order: Order, { routingKey, logger }: AmqpContext) {}
 * ```
 */
export function amqp<
  Key extends string | EventContract | RequestContract,
  Schema extends StandardSchema | Absent | undefined = Absent,
  E extends Envelope | null | Inherit = Inherit,
  Batch extends BatchOptions | OneByOne | undefined = OneByOne,
  Told = Absent,
>(
  routingKey: Key,
  ...[options]: Record<string, never> extends OptionsOf<EnvelopeNamed<Key, E>>
    ? [options?: OptionsFor<Key, Schema, E, Batch, Told> | undefined]
    : [options: OptionsFor<Key, Schema, E, Batch, Told>]
): DecoratorFor<Key, Schema, E, Batch, Told> {
  const what: string | EventContract | RequestContract = routingKey;
  const isText = typeof what === "string";
  if (!isText && !isEventContract(what) && !isRequestContract(what)) {
    throw new ConfigurationError(
      `@amqp needs a routing key that is a text, as in @amqp("order.paid"), or a contract made by event() or request(); it got ${String(what)}.`,
    );
  }
  const label = isText ? `@amqp(${JSON.stringify(what)})` : `@amqp(${what.kind}("${what.routingKey}"))`;
  const given: unknown = options;
  if (given !== undefined && (typeof given !== "object" || given === null)) {
    throw new ConfigurationError(`The options of ${label} must be an object, not ${String(given)}.`);
  }
  refuseUndefinedEnvelope(label, given);
  const plain = { ...given } as AmqpTrigger["options"];
  const own = isText ? { pattern: what, options: plain } : triggerOf(what, plain, label);
  return createDecorator(amqpTransport, own, label) as unknown as DecoratorFor<Key, Schema, E, Batch, Told>;
}

function triggerOf(
  contract: EventContract | RequestContract,
  options: AmqpTrigger["options"],
  label: string,
): AmqpTrigger {
  if (isRequestContract(contract)) return triggerOfRequest(contract, options, label);
  return triggerOfEvent(contract, options, label);
}
