/** A message in a queue, while the queue is walked through. */
import { deliveryCountOf } from "./delivery-count.ts";
import type { DeliveryProperties } from "./session/message-properties.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

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
  /** Flags and property list, headers included, octet for octet. */
  readonly rawProperties?: Buffer | undefined;
}

export function takenMessage(message: ReceivedMessage): TakenMessage {
  const { content, exchange, routingKey, redelivered, rawProperties } = message;
  const { readableProperties: properties, readableHeaders: headers } = message;
  const deliveryCount = deliveryCountOf(headers);
  return { content, exchange, routingKey, redelivered, deliveryCount, properties, headers, rawProperties };
}
