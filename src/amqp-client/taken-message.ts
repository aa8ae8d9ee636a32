/** A message as it stands in a queue while somebody goes through that queue. */
import type { ConsumeMessage } from "amqplib";
import type { DeliveryProperties } from "./delivery.ts";

export interface TakenMessage {
  readonly content: Buffer;
  /** Where it was published to last. */
  readonly exchange: string;
  /** As it stands on the wire. */
  readonly routingKey: string;
  readonly redelivered: boolean;
  /** How often a quorum queue has got it back; 0 where the broker does not count. */
  readonly deliveryCount: number;
  readonly properties: DeliveryProperties;
  readonly headers: Readonly<Record<string, unknown>>;
}

const noHeaders: Readonly<Record<string, unknown>> = Object.freeze({});

export function takenMessage({ content, fields, properties }: ConsumeMessage): TakenMessage {
  const { exchange, routingKey, redelivered } = fields;
  const headers = (properties.headers as Readonly<Record<string, unknown>> | undefined) ?? noHeaders;
  const count = headers["x-delivery-count"];
  return {
    content,
    exchange,
    routingKey,
    redelivered,
    deliveryCount: typeof count === "number" ? count : 0,
    properties: properties as DeliveryProperties,
    headers,
  };
}
