/** amqpPublish(): what a service sends with. */
import type { Envelope, EnvelopePublishOptions, OwnEnvelopePublishOptions } from "../../service/envelope.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { entryOf } from "../../service/running-services.ts";
import type { PublishOptions } from "./outgoing.ts";
import { type AmqpTransport, amqpTransport } from "./transport.ts";

/** What a publish takes beside its own options: those of the envelope named beside them, else of any that merged some. */
export type PublishOptionsWith<E> = PublishOptions & {
  readonly messageEnvelope?: E | undefined;
} & ([Envelope | null] extends [E] ? EnvelopePublishOptions & OwnEnvelopePublishOptions : BuildOptionsOf<E>);

type BuildOptionsOf<E> = E extends { buildMessage(s: never, t: never, d: never, options: infer Options): unknown }
  ? unknown extends Options
    ? unknown
    : Partial<Omit<Options, keyof PublishOptions>>
  : unknown;

/**
 * Publishes `data`, in the service's envelope, and resolves when the broker has it on disk in every durable queue bound
 * to it. Works from `startService()` to the end of `stopService()`; a service without AMQP handlers connects at its first
 * publish.
 *
 * @example
 * ```ts
 * await amqpPublish(this, { id: "1" }, { routingKey: "order.paid" });
 * ```
 * @throws ERR_AMQP_UNROUTABLE with `mandatory: true`, when no queue is bound for the key
 * @throws ERR_AMQP_EXCHANGE_NOT_FOUND when there is no such exchange
 * @throws ERR_AMQP_PUBLISH_TIMEOUT when there was no connection, no room or no confirm within `publishTimeoutSeconds`
 */
export function amqpPublish<E extends Envelope | null = Envelope | null>(
  service: ServiceInstance,
  data: unknown,
  options: PublishOptionsWith<E>,
): Promise<void> {
  try {
    const transport = entryOf(service).transport(amqpTransport) as AmqpTransport;
    return transport.publish(data, options);
  } catch (error) {
    return Promise.reject(error);
  }
}
