/** What a copy that comes back knows of the runs before, read from its headers. */
import type { Delivery } from "../../../amqp-client/delivery.ts";

/** The headers that a copy brings back. They are believed only where they came the service's own way. */
export const retryHeaderNames = {
  attempts: "x-tomodachi-attempts",
  failures: "x-tomodachi-failures",
  firstFailedAt: "x-tomodachi-first-failed-at",
  exchange: "x-tomodachi-exchange",
  routingKey: "x-tomodachi-routing-key",
} as const;

/** Marks a message that was taken back out of a dead-letter queue: it starts anew, but where it came from is known. */
const replayHeader = "x-tomodachi-replay";

/** The runs before a delivery, and where its message came from at first. */
export interface RetryHistory {
  /** All runs, as far as they are known. */
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

/** The runs before this delivery came. */
export function historyOf(delivery: Delivery, returnExchange: string): RetryHistory {
  const { exchange, routingKey } = delivery;
  const names = retryHeaderNames;
  const copy = isRetryCopy(delivery, returnExchange);
  if (!copy && (exchange !== "" || delivery.headers[replayHeader] === undefined)) {
    return { attempts: 0, failures: 0, firstFailedAt: undefined, exchange, routingKey };
  }
  const { headers } = delivery;
  return {
    attempts: copy ? countIn(headers[names.attempts]) : 0,
    failures: copy ? countIn(headers[names.failures]) : 0,
    firstFailedAt: copy ? textIn(headers[names.firstFailedAt]) : undefined,
    exchange: textIn(headers[names.exchange]) ?? exchange,
    routingKey: textIn(headers[names.routingKey]) ?? routingKey,
  };
}

/** The number of the run that a delivery is about to have, from 1, as far as copies and the broker tell. */
export function attemptOf(delivery: Delivery, returnExchange: string): number {
  // Where the broker does not count, its flag says at least once.
  const redeliveries = Math.max(delivery.deliveryCount, delivery.redelivered ? 1 : 0);
  return historyOf(delivery, returnExchange).attempts + redeliveries + 1;
}

function countIn(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
