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

/** What amqplib takes, in one shape for every message: a spread would cost a third of the whole publish. */
export function publishOptions(properties: PublishProperties, mandatory: boolean): Options.Publish {
  const options: Record<keyof PublishProperties | "mandatory", unknown> = {
    mandatory,
    appId: properties.appId,
    contentEncoding: properties.contentEncoding,
    contentType: properties.contentType,
    correlationId: properties.correlationId,
    expiration: properties.expiration,
    headers: properties.headers,
    messageId: properties.messageId,
    persistent: properties.persistent,
    priority: properties.priority,
    replyTo: properties.replyTo,
    timestamp: properties.timestamp,
    type: properties.type,
  };
  // amqplib takes undefined for what is not given.
  return options as Options.Publish;
}
