/** amqpPublish(): publishes a message. */
import type { Envelope, EnvelopePublishOptions, IsUnsaid, OwnEnvelopePublishOptions } from "../../service/envelope.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { transportOf } from "../../service/running-services.ts";
import { type EventContract, type EventInput, isEventContract } from "./contracts/event.ts";
import type { ParamsOf, ParamsOption } from "./contracts/key-template.ts";
import { refuseUndefinedEnvelope } from "./options/given-envelope.ts";
import { publishOptionsOf } from "./outbound/event-publish.ts";
import type { PublishOptions } from "./outbound/publish-options.ts";
import { type AmqpTransport, amqpTransport } from "./transport.ts";

/**
 * The options of a publish with those of its envelope. If no envelope is named, the options of every envelope that adds some are accepted.
 */
export type PublishOptionsWith<E> = PublishOptions & {
  readonly messageEnvelope?: E | undefined;
} & ([Envelope | null] extends [E] ? EnvelopePublishOptions & OwnEnvelopePublishOptions : BuildOptionsOf<E>);

/** The type of the data: a string or bytes without an envelope; with an envelope what its `buildMessage` accepts, or else anything. */
export type PublishedData<E> = [Envelope | null] extends [E]
  ? unknown
  : [E] extends [null]
    ? string | Uint8Array
    : E extends { buildMessage(service: never, topic: never, data: infer Data, options: never): unknown }
      ? Data
      : unknown;

/** The options of an envelope for building a message. */
export type BuildOptionsOf<E> = E extends {
  buildMessage(s: never, t: never, d: never, options: infer Options): unknown;
}
  ? IsUnsaid<Options> extends true
    ? unknown
    : Partial<Omit<Options, keyof PublishOptions>>
  : unknown;

/** The options of a publish with a contract: without those that the contract sets, and with the parameters of its key. */
export type EventPublishOptions<C extends EventContract> = Omit<
  PublishOptions,
  "routingKey" | "exchangeName" | "messageEnvelope" | "schema"
> &
  BuildOptionsOf<C["envelope"]> &
  ParamsOption<ParamsOf<C["routingKey"]>>;

/** The arguments after the contract or the data; `any` counts as data. */
export type PublishArguments<What, E, More = unknown> = [What] extends [EventContract]
  ? 0 extends 1 & What
    ? [options: PublishOptionsWith<E> & More]
    : EventArguments<What, More>
  : [options: PublishOptionsWith<E> & More];

type EventArguments<C extends EventContract, More> = keyof ParamsOf<C["routingKey"]> extends never
  ? [data: EventInput<C>, options?: (EventPublishOptions<C> & More) | undefined]
  : [data: EventInput<C>, options: EventPublishOptions<C> & More];

/**
 * Publishes `data` in the service's envelope. Resolves when the broker has stored the message on disk in every durable queue that is bound
 * for it. Works from `startService()` to the end of `stopService()`. A service without AMQP handlers connects at its first publish. With a
 * contract (see `event`) the data is checked first.
 *
 * @example
 * ```ts
 * await amqpPublish(this, { id: "1" }, { routingKey: "order.paid" });
 * await amqpPublish(this, orderPaid, { total: 5 }, { params: { id: "1" } });
 * ```
 * @throws ERR_SCHEMA_REFUSED when the data does not fit the schema of a contract
 * @throws ERR_AMQP_KEY_PARAMETER when a parameter of a contract's key is missing or cannot be part of the key
 * @throws ERR_AMQP_UNROUTABLE with `mandatory: true`, when no queue is bound for the key
 * @throws ERR_AMQP_EXCHANGE_NOT_FOUND when the exchange does not exist
 * @throws ERR_AMQP_PUBLISH_TIMEOUT when there was no connection, no room or no confirm within `publishTimeoutSeconds`, or when an async
 * schema or envelope did not answer
 * @throws ERR_SERVICE_NOT_RUNNING when the service does not run
 */
export function amqpPublish<What, E extends Envelope | null = Envelope | null>(
  service: ServiceInstance,
  dataOrContract: What & PublishedData<E>,
  ...rest: PublishArguments<What, E>
): Promise<void>;
export function amqpPublish(service: ServiceInstance, first: unknown, second: unknown, third?: unknown): Promise<void> {
  let transport: AmqpTransport;
  try {
    transport = transportOf(service, amqpTransport);
  } catch (error) {
    return Promise.reject(error);
  }
  try {
    if (isEventContract(first)) {
      return transport.publish(second, publishOptionsOf(first, third), first.routingKey);
    }
    refuseUndefinedEnvelope("amqpPublish()", second);
    return transport.publish(first, second as PublishOptions);
  } catch (error) {
    return isEventContract(first)
      ? refused(service, error, third, first.routingKey)
      : refused(service, error, second, (second as PublishOptions | undefined)?.routingKey);
  }
}

/** A publish that cannot be sent. With `wait: false` the caller does not await the error, so it is also logged. */
function refused(
  service: ServiceInstance,
  error: unknown,
  given: unknown,
  routingKey: string | undefined,
): Promise<void> {
  if ((given as { readonly wait?: unknown } | null | undefined)?.wait !== false) return Promise.reject(error);
  service.logger.error({ err: error, routingKey }, "a publish with wait: false failed");
  return Promise.resolve();
}
