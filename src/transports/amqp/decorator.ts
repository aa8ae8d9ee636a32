/** @amqp: subscribes a method, typed so that a handler which does not fit does not compile. */
import type { TypedTrigger } from "../../service/define-service.ts";
import type { Envelope, EnvelopeOptions, MessageOf, OptionsOf, OwnEnvelopeOptions } from "../../service/envelope.ts";
import { ConfigurationError } from "../../service/errors.ts";
import { registerDecorated, type Trigger } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import type { AmqpContext } from "./context.ts";
import type { AmqpOptions } from "./options.ts";
import type { AmqpTrigger } from "./plan.ts";
import { amqpTransport } from "./transport.ts";

declare const inherited: unique symbol;
/** No envelope is named beside the options: the service's counts. */
interface Inherit {
  readonly [inherited]: true;
}

/** Options of one subscription: its own, and those of the envelope named beside them, else of any envelope that merged some. */
export type SubscribeOptions<E> = AmqpOptions & { readonly messageEnvelope?: E | undefined } & ([Inherit] extends [E]
    ? EnvelopeOptions & OwnEnvelopeOptions
    : OptionsOf<E>);

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
 * Options that are not AMQP's are handed to the envelope's `parseMessage`.
 *
 * @example
 * ```ts
 * @amqp("order.*.paid", { queueName: "orders-paid", prefetch: 50 })
 * async onPaid(order: Order, { routingKey, logger }: AmqpContext) {}
 * ```
 */
export function amqp<E extends Envelope | null | Inherit = Inherit>(
  routingKey: string,
  ...[options]: Record<string, never> extends OptionsOf<E>
    ? [options?: SubscribeOptions<E> | undefined]
    : [options: SubscribeOptions<E>]
): AmqpDecorator<E> {
  if (typeof routingKey !== "string") {
    throw new ConfigurationError(
      `@amqp needs a routing key that is a text, as in @amqp("order.paid"); it got ${String(routingKey)}.`,
    );
  }
  const label = `@amqp(${JSON.stringify(routingKey)})`;
  if (options !== undefined && (typeof options !== "object" || options === null)) {
    throw new ConfigurationError(`The options of ${label} must be an object, not ${String(options)}.`);
  }
  const own: AmqpTrigger = { pattern: routingKey, options: { ...options } as AmqpTrigger["options"] };
  const trigger = { transport: amqpTransport, options: own, label } as unknown as Trigger;
  const decorate = (target: unknown, second: unknown): void => registerDecorated(target, second, trigger);
  return Object.assign(decorate, { trigger }) as unknown as AmqpDecorator<E>;
}
