/** @amqp: subscribes a method, typed so that a handler which does not fit does not compile. */
import type { TypedTrigger } from "../../service/define-service.ts";
import type { Envelope, EnvelopeOptions, MessageOf, OptionsOf } from "../../service/envelope.ts";
import { ConfigurationError } from "../../service/errors.ts";
import { registerDecorated, type Trigger } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import type { BatchOptions } from "./batch-options.ts";
import type { BatchDecorator } from "./batch-trigger.ts";
import type { AmqpContext } from "./context.ts";
import type { AmqpOptions } from "./options.ts";
import type { AmqpTrigger } from "./plan.ts";
import { isRequestContract, type RequestContract } from "./request.ts";
import { type RequestDecorator, type RequestSubscribeOptions, triggerOfRequest } from "./request-trigger.ts";
import { amqpTransport } from "./transport.ts";

declare const inherited: unique symbol;
/** No envelope is named beside the options: the service's counts. */
interface Inherit {
  readonly [inherited]: true;
}

/** Options of one subscription: its own, and those of the envelope named beside them, else of any envelope that merged some. */
export type SubscribeOptions<E> = Omit<AmqpOptions, "batch"> & { readonly messageEnvelope?: E | undefined } & ([
    Inherit,
  ] extends [E]
    ? EnvelopeOptions
    : OptionsOf<E>);

/** The same with `batch`. */
export type BatchSubscribeOptions<E> = Omit<AmqpOptions, "batch"> & {
  readonly batch: BatchOptions;
  readonly messageEnvelope?: E;
} & ([E] extends [undefined] ? EnvelopeOptions : OptionsOf<E>);

type EnvelopeFor<E, This> = [Inherit] extends [E] ? (This extends { messageEnvelope: infer Own } ? Own : unknown) : E;

type ContextFor<E, This> = AmqpContext<MessageOf<EnvelopeFor<E, This>>>;

type HandlerFor<E, Data, This> = (this: This, data: Data, context: ContextFor<E, This>) => unknown;

/**
 * What `amqp()` gives: a method decorator under both forms, and a trigger for `on()`. `Data` is `never` where nothing
 * says what arrives: then the handler's own word counts.
 */
export interface AmqpDecorator<E, Data = never>
  extends TypedTrigger<[Data] extends [never] ? unknown : Data, ContextFor<E, unknown>> {
  /** The standard form. */
  <This extends Service, F extends HandlerFor<E, Data, This>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  /** The form of `experimentalDecorators`. */
  <This extends Service, F extends HandlerFor<E, Data, This>>(
    prototype: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}

/**
 * Calls the method for each message whose routing key matches; `*` stands for one word, `#` for any number of words.
 * By a contract made by `request()` the method answers: what it returns is the reply.
 * Options that are not AMQP's are handed to the envelope's `parseMessage`.
 *
 * @example
 * ```ts
 * @amqp("order.*.paid", { queueName: "orders-paid", prefetch: 50 })
 * async onPaid(order: Order, { routingKey, logger }: AmqpContext) {}
 * ```
 */
export function amqp<C extends RequestContract>(
  contract: C,
  options?: RequestSubscribeOptions<C> | undefined,
): RequestDecorator<C>;
export function amqp<E extends Envelope | null | undefined = undefined>(
  routingKey: string,
  options: BatchSubscribeOptions<E>,
): BatchDecorator<E>;
export function amqp<E extends Envelope | null | Inherit = Inherit>(
  routingKey: string,
  ...[options]: Record<string, never> extends OptionsOf<E>
    ? [options?: SubscribeOptions<E> | undefined]
    : [options: SubscribeOptions<E>]
): AmqpDecorator<E>;
export function amqp(routingKey: string | RequestContract, options?: AmqpOptions): unknown {
  const contract = isRequestContract(routingKey) ? routingKey : undefined;
  if (!contract && typeof routingKey !== "string") {
    throw new ConfigurationError(
      `@amqp needs a routing key that is a text, as in @amqp("order.paid"); it got ${String(routingKey)}.`,
    );
  }
  const label = contract ? `@amqp(request("${contract.routingKey}"))` : `@amqp(${JSON.stringify(routingKey)})`;
  if (options !== undefined && (typeof options !== "object" || options === null)) {
    throw new ConfigurationError(`The options of ${label} must be an object, not ${String(options)}.`);
  }
  const plain = { ...options } as AmqpTrigger["options"];
  const own = contract ? triggerOfRequest(contract, plain, label) : { pattern: routingKey as string, options: plain };
  const trigger = { transport: amqpTransport, options: own, label } as unknown as Trigger;
  const decorate = (target: unknown, second: unknown): void => registerDecorated(target, second, trigger);
  return Object.assign(decorate, { trigger });
}
