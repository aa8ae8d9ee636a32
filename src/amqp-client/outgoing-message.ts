/** What is published, and what is known when the broker has it. */
import type { Options } from "amqplib";

/** AMQP's basic properties, as amqplib takes them. */
export type PublishProperties = Pick<
  Options.Publish,
  | "appId"
  | "contentEncoding"
  | "contentType"
  | "correlationId"
  | "expiration"
  | "headers"
  | "messageId"
  | "persistent"
  | "priority"
  | "replyTo"
  | "timestamp"
  | "type"
>;

export interface OutgoingMessage {
  readonly exchange: string;
  /** As it goes on the wire. */
  readonly routingKey: string;
  readonly content: Buffer;
  readonly properties: PublishProperties;
  readonly mandatory: boolean;
}

export interface PublishReceipt {
  /** It reached no queue. (basic.return comes before the confirm: RabbitMQ's confirms guide.) */
  readonly returned: boolean;
}
