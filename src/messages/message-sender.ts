/** Sends messages to one broker, each confirmed: what `tomodachi publish` does. */

import { AmqpConnection } from "../amqp-client/connection.ts";
import type { OutgoingMessage, PublishReceipt } from "../amqp-client/outgoing-message.ts";
import { Publisher } from "../amqp-client/publisher.ts";
import type { Logger } from "../log/logger.ts";
import { headerNames } from "../transports/amqp/names/headers.ts";
import { buildUnlimited } from "../transports/amqp/outbound/outgoing.ts";
import type { PublishOptions } from "../transports/amqp/outbound/publish-options.ts";
import { brokerText } from "../util/product-names.ts";
import { dataFromBody } from "./data-from-body.ts";
import { type SendingPlan, senderName } from "./sending-plan.ts";

/** Sent and not confirmed, at most. */
const window = { maxUnconfirmedMessages: 1000, maxUnconfirmedBytes: 64 * 1024 * 1024 };

/** The parts of a message beside its data. */
export type MessageProperties = Pick<
  PublishOptions,
  "headers" | "contentType" | "messageId" | "correlationId" | "replyTo" | "expiration" | "priority" | "type"
>;

/** Open it, send, close it. */
export class MessageSender {
  readonly #plan: SendingPlan;
  readonly #connection: AmqpConnection;
  readonly #publisher: Publisher;

  constructor(plan: SendingPlan, logger: Logger) {
    this.#plan = plan;
    const { connection, publishing } = plan.options;
    this.#connection = new AmqpConnection({
      options: connection,
      name: senderName,
      purpose: "publishing",
      logger,
      firstConnect: "once",
    });
    this.#publisher = new Publisher({
      connection: this.#connection,
      logger,
      ...window,
      publishTimeoutSeconds: publishing.publishTimeoutSeconds,
      republishUnknown: publishing.republishUnknown,
      maxMessageBytes: publishing.maxMessageBytes,
    });
  }

  /** The broker in words, once it is open: "RabbitMQ 4.1.0". */
  get broker(): string {
    return brokerText(this.#connection.broker);
  }

  open(signal?: AbortSignal): Promise<void> {
    return this.#connection.open(signal);
  }

  /**
   * A new message for each call, with its own id.
   * @throws ERR_MESSAGE_DATA, ERR_SCHEMA_REFUSED, or what the envelope throws
   */
  async build(body: Buffer, routingKey: string, properties: MessageProperties): Promise<OutgoingMessage> {
    const { options, exchangeName, envelope, schema, version, sender } = this.#plan;
    const data = dataFromBody(body, envelope);
    const headers =
      version === undefined ? properties.headers : { [headerNames.eventVersion]: version, ...properties.headers };
    const publish = { ...properties, headers, routingKey, exchangeName, messageEnvelope: envelope, schema };
    return buildUnlimited({ service: sender, messageEnvelope: envelope }, options, data, publish);
  }

  /** Resolves when the broker has it. */
  send(message: OutgoingMessage): Promise<PublishReceipt> {
    return this.#publisher.publish(message);
  }

  async close(): Promise<void> {
    await this.#publisher.close();
    await this.#connection.close();
  }
}
