/** A message as the broker stores it: once, also if it is in several queues. */
import type { Content } from "../amqp-wire/content.ts";
import type { FieldTable } from "../amqp-wire/field-table.ts";
import { decodeProperties } from "../amqp-wire/properties.ts";
import type { Routable } from "./exchanges/binding.ts";

/** Why and where a message was dead-lettered, as in `x-death`. */
export interface Death {
  readonly reason: DeathReason;
  readonly queue: string;
  readonly count: number;
  /** Seconds since 1970, of the first such death. */
  readonly time: number;
  /** It was published to. */
  readonly exchange: string;
  readonly routingKeys: readonly string[];
  /** The `expiration` it had. */
  readonly expiration: string | undefined;
}

export type DeathReason = "rejected" | "expired" | "maxlen" | "delivery_limit";

export interface MessageFields {
  readonly exchange: string;
  readonly routingKey: string;
  /** From the headers CC and BCC. */
  readonly otherKeys?: readonly string[] | undefined;
  readonly content: Content;
  readonly priority?: number | undefined;
  /** Milliseconds it may wait in a queue. */
  readonly expirationMs?: number | undefined;
  readonly deaths?: readonly Death[] | undefined;
}

/** Few fields: a queue may hold a million. */
export class Message implements Routable {
  readonly exchange: string;
  readonly routingKey: string;
  readonly otherKeys: readonly string[] | undefined;
  readonly content: Content;
  readonly priority: number | undefined;
  readonly expirationMs: number | undefined;
  /** Latest first. */
  readonly deaths: readonly Death[] | undefined;

  constructor(fields: MessageFields) {
    this.exchange = fields.exchange;
    this.routingKey = fields.routingKey;
    this.otherKeys = fields.otherKeys;
    this.content = fields.content;
    this.priority = fields.priority;
    this.expirationMs = fields.expirationMs;
    this.deaths = fields.deaths;
  }

  /** Decoded at each call: kept only as bytes. */
  get headers(): FieldTable | undefined {
    return decodeProperties(this.content.properties).headers;
  }
}

/** A message in one queue. */
export class QueuedMessage {
  readonly message: Message;
  /** Its place in the queue: a requeued message goes before all later ones. */
  readonly position: number;
  /** On the broker's clock; 0 is never. */
  readonly expiresAt: number;
  redelivered = false;
  /** How often it came back; counted by quorum queues. */
  acquiredCount = 0;
  /** How often its delivery failed: it was rejected, or its channel ended. Counted by quorum queues. */
  deliveryCount = 0;

  constructor(message: Message, position: number, expiresAt: number) {
    this.message = message;
    this.position = position;
    this.expiresAt = expiresAt;
  }
}
