/** What a returned copy, or a replay, knows about the message, read from its headers if they are trusted. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { type Arrival, headerNames } from "../names/headers.ts";

/** The runs before a delivery, and where its message came from at first. */
export interface RetryHistory {
  /** All known runs. */
  readonly attempts: number;
  /** Those that failed: the ones a policy counts. */
  readonly failures: number;
  /** ISO 8601; undefined before the first failure. */
  readonly firstFailedAt: string | undefined;
  readonly exchange: string;
  /** As on the wire. */
  readonly routingKey: string;
}

/** Only what comes through the service's own return exchange counts as its copy: anybody can write headers. */
export function isRetryCopy({ exchange }: Pick<Delivery, "exchange">, returnExchange: string): boolean {
  return exchange === returnExchange;
}

/**
 * Whether the headers that copies and replays write are trusted. These arrive through the return exchange, or through the default
 * exchange with the queue's own name; the broker says so, not the message. A message that arrived through another exchange was
 * published by another client, and its headers are ignored.
 */
export function arrivalOf(delivery: Pick<Delivery, "exchange">, returnExchange: string): Arrival {
  const returned = isRetryCopy(delivery, returnExchange);
  return { returned, ours: returned || delivery.exchange === "" };
}

/** The uuid of the replay that sent this message; undefined without a replay. */
export function replayOf(delivery: Pick<Delivery, "exchange" | "headers">, returnExchange: string): string | undefined {
  // Asked for each message: most come through another exchange, and are known by that alone.
  if (delivery.exchange !== "" && delivery.exchange !== returnExchange) return undefined;
  return textIn(delivery.headers[headerNames.replay]);
}

/** The runs before this delivery came. */
export function historyOf(delivery: Delivery, returnExchange: string): RetryHistory {
  const { exchange, routingKey, headers } = delivery;
  const names = headerNames;
  const copy = isRetryCopy(delivery, returnExchange);
  if (!copy && replayOf(delivery, returnExchange) === undefined) {
    return { attempts: 0, failures: 0, firstFailedAt: undefined, exchange, routingKey };
  }
  return {
    attempts: copy ? countIn(headers[names.attempts]) : 0,
    failures: copy ? countIn(headers[names.failures]) : 0,
    firstFailedAt: copy ? textIn(headers[names.firstFailedAt]) : undefined,
    exchange: textIn(headers[names.exchange]) ?? exchange,
    routingKey: textIn(headers[names.routingKey]) ?? routingKey,
  };
}

/** What is known of the queue that a delivery came from. */
export interface CountedQueue {
  readonly returnExchange: string;
  /** Whether the queue counts deliveries. Otherwise the header is the sender's. */
  readonly countsDeliveries: boolean;
}

/** The number of the next run of a delivery, from 1, as far as copies and the broker show. */
export function attemptOf(delivery: Delivery, { returnExchange, countsDeliveries }: CountedQueue): number {
  const count = countsDeliveries ? delivery.deliveryCount : 0;
  // Where the broker does not count, its flag says at least once. The count of a first delivery is the sender's own.
  const redeliveries = delivery.redelivered ? Math.max(count, 1) : 0;
  return historyOf(delivery, returnExchange).attempts + redeliveries + 1;
}

function countIn(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}

function textIn(value: unknown): string | undefined {
  // AMQP 0-9-1: names of exchanges and routing keys have at most 255 bytes; nothing longer was written by us.
  return typeof value === "string" && Buffer.byteLength(value) <= 255 ? value : undefined;
}
