/** A message to publish, and the result when the broker has it. */
import type { PublishProperties } from "./session/message-properties.ts";

export type { PublishProperties } from "./session/message-properties.ts";

/** Headers that a message can be sent without: they are left out if its frame has no room for them. */
export interface SpareHeaders {
  readonly names: readonly string[];
  /** Called for each that is left out. */
  leftOut(name: string): void;
}

export interface OutgoingMessage {
  readonly exchange: string;
  /** As it is sent. */
  readonly routingKey: string;
  readonly content: Buffer;
  readonly properties: PublishProperties;
  /** Flags and property list of a copy, byte for byte, sent instead of `properties`; their message id is that of `properties`. */
  readonly rawProperties?: Buffer | undefined;
  readonly mandatory: boolean;
  spare?: readonly SpareHeaders[] | undefined;
}

export interface PublishReceipt {
  /** It reached no queue. (basic.return comes before the confirm: RabbitMQ's confirms guide.) */
  readonly returned: boolean;
}

/** What a channel needs beside the body. */
export interface ChannelPublishOptions extends PublishProperties {
  mandatory: boolean;
  rawProperties: Buffer | undefined;
}

/** One shape for every message: a spread would cost a third of the whole publish. */
export function publishOptions(message: OutgoingMessage): ChannelPublishOptions {
  const { properties, mandatory, rawProperties } = message;
  return {
    mandatory,
    rawProperties,
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
    userId: undefined,
  };
}
