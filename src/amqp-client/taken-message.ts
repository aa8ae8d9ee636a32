/** A message in a queue, while the queue is walked through. */
import { Content, contentHeaderPrefix } from "../amqp-wire/content.ts";
import { deliveryCountOf } from "./delivery-count.ts";
import type { DeliveryProperties } from "./session/message-properties.ts";
import { ReceivedMessage } from "./session/received-message.ts";

export interface TakenMessage {
  readonly content: Buffer;
  /** Where it was published to last. */
  readonly exchange: string;
  /** As on the wire. */
  readonly routingKey: string;
  readonly redelivered: boolean;
  /** How often a quorum queue has got it back; 0 where the broker does not count. */
  readonly deliveryCount: number;
  readonly properties: DeliveryProperties;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Flags and property list, headers included, byte for byte. */
  readonly rawProperties?: Buffer | undefined;
}

export function takenMessage(message: ReceivedMessage): TakenMessage {
  const { content, exchange, routingKey, redelivered, rawProperties } = message;
  const { readableProperties: properties, readableHeaders: headers } = message;
  const deliveryCount = deliveryCountOf(headers);
  return { content, exchange, routingKey, redelivered, deliveryCount, properties, headers, rawProperties };
}

/** What is kept of a message outside of a broker. */
export interface KeptMessage {
  readonly content: Buffer;
  /** Flags and property list, headers included, byte for byte. */
  readonly rawProperties: Buffer;
  readonly exchange: string;
  readonly routingKey: string;
}

/** The message as it was taken. */
export function messageOfKept({ content, rawProperties, exchange, routingKey }: KeptMessage): TakenMessage {
  const header = Buffer.concat([Buffer.alloc(contentHeaderPrefix), rawProperties]);
  const whole = new Content(Buffer.concat([header, content]), header.length);
  return takenMessage(new ReceivedMessage(whole, 0, false, exchange, routingKey));
}
