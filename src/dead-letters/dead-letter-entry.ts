/** A dead letter, read: why, where and when it failed, by the framework's headers or else by the broker's. */
import type { TakenMessage } from "../amqp-client/taken-message.ts";
import { headerNames as names, originalPrefix } from "../transports/amqp/names/headers.ts";

/** One entry of the broker's own `x-death`: the queue it dead-lettered the message from, and why. */
export interface BrokerDeath {
  readonly queue: string;
  /** `delivery_limit`, `expired`, `maxlen` or `rejected`. */
  readonly reason: string;
  readonly count: number;
  readonly at: Date | undefined;
}

export interface DeadLetterEntry {
  /** The dead-letter queue that it is in. */
  readonly deadLetterQueue: string;
  /** AMQP's message id: the one that its envelope carries, where it was published by tomodachi. */
  readonly id: string | undefined;
  /** Why it was dead-lettered; the broker's word when the broker did it. */
  readonly reason: string | undefined;
  readonly errorClass: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorStack: string | undefined;
  readonly handler: string | undefined;
  readonly service: string | undefined;
  readonly host: string | undefined;
  readonly attempts: number | undefined;
  readonly startedAt: Date | undefined;
  readonly failedAt: Date | undefined;
  /** The exchange and routing key it was published with first, as far as anybody wrote that down. */
  readonly exchange: string | undefined;
  readonly routingKey: string | undefined;
  /** The queue it failed in: where a replay goes. */
  readonly queue: string | undefined;
  /** The latest first. */
  readonly deaths: readonly BrokerDeath[];
  /** One line for each replay so far, the latest last. */
  readonly replays: readonly string[];
  readonly message: TakenMessage;
}

const deadLetterSuffix = ".dlq";
/** A queue of delayed retries: messages are dead-lettered there because they waited, not because they failed. */
const retryTier = /\.retry\.[^.]+$/;

export function deadLetterEntryOf(message: TakenMessage, deadLetterQueue: string): DeadLetterEntry {
  const { headers, properties } = message;
  const deaths = deathsOf(headers["x-death"] ?? headers[`${originalPrefix}x-death`]);
  const [latest] = deaths;
  return {
    deadLetterQueue,
    id: properties.messageId,
    // On what the broker put here, anybody may have written the other.
    reason: isBrokers(headers, latest, deadLetterQueue)
      ? latest?.reason
      : (textOf(headers[names.reason]) ?? latest?.reason),
    errorClass: textOf(headers[names.errorClass]),
    errorCode: textOf(headers[names.errorCode]),
    errorMessage: textOf(headers[names.errorMessage]),
    errorStack: textOf(headers[names.errorStack]),
    handler: textOf(headers[names.handler]),
    service: textOf(headers[names.service]),
    host: textOf(headers[names.host]),
    attempts: numberOf(headers[names.attempts]),
    startedAt: dateOf(headers[names.startedAt]),
    failedAt: dateOf(headers[names.failedAt]) ?? latest?.at,
    ...originOf(message),
    queue: failingQueue(message, deadLetterQueue, latest),
    deaths,
    replays: textsOf(headers[names.replays]),
    message,
  };
}

/** The queue that a replay goes to; undefined if it is unknown. */
export function replayTarget(
  { queue, deadLetterQueue }: DeadLetterEntry,
  movedTo: ReadonlyMap<string, string> | undefined,
): string | undefined {
  if (queue === undefined || queue === deadLetterQueue) return undefined;
  return movedTo?.get(queue) ?? queue;
}

/**
 * Where it failed. What the broker wrote when it put the message here itself comes first; then what the framework wrote. A message
 * that was on its way back from a retry queue, and whose own queue was deleted, has the name of that queue as its routing key.
 */
function failingQueue(
  message: TakenMessage,
  deadLetterQueue: string,
  latest: BrokerDeath | undefined,
): string | undefined {
  if (latest !== undefined && isBrokers(message.headers, latest, deadLetterQueue)) return latest.queue;
  const named = textOf(message.headers[names.queue]);
  if (named !== undefined) return named;
  if (latest === undefined) return undefined;
  if (!retryTier.test(latest.queue)) return latest.queue;
  return message.routingKey === deadLetterQueue ? undefined : message.routingKey;
}

/**
 * The broker put it here from the queue of a subscription: no copy of the framework has `x-death`. Several queues may share this
 * one. What names this queue's own subscription as the one where it failed was moved here since, by a queue in between.
 */
function isBrokers(
  headers: TakenMessage["headers"],
  latest: BrokerDeath | undefined,
  deadLetterQueue: string,
): boolean {
  if (!Array.isArray(headers["x-death"]) || latest === undefined || retryTier.test(latest.queue)) return false;
  if (latest.queue + deadLetterSuffix === deadLetterQueue) return true;
  const named = textOf(headers[names.queue]);
  return named === undefined || named + deadLetterSuffix !== deadLetterQueue;
}

function originOf({ headers }: TakenMessage): Pick<DeadLetterEntry, "exchange" | "routingKey"> {
  const deaths = headers["x-death"] ?? headers[`${originalPrefix}x-death`];
  const first = (Array.isArray(deaths) ? deaths.at(-1) : undefined) as Record<string, unknown> | undefined;
  const keys = first?.["routing-keys"];
  return {
    exchange: textOf(headers[names.exchange]) ?? textOf(first?.["exchange"]),
    routingKey: textOf(headers[names.routingKey]) ?? textOf(Array.isArray(keys) ? keys[0] : undefined),
  };
}

/** RabbitMQ, "Dead Letter Exchanges": a list of tables, one for each queue and reason. */
function deathsOf(value: unknown): readonly BrokerDeath[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const { queue, reason, count, time } = (entry ?? {}) as Record<string, unknown>;
    if (typeof queue !== "string") return [];
    const death = { queue, reason: textOf(reason) ?? "unknown", count: numberOf(count) ?? 1, at: timestampOf(time) };
    return [death];
  });
}

/** A timestamp in a field table is read as `{ "!": "timestamp", value }`, in seconds. */
function timestampOf(value: unknown): Date | undefined {
  const { value: inner } = (typeof value === "object" && value !== null ? value : { value }) as { value?: unknown };
  return typeof inner === "number" && inner > 0 ? dateOf(inner * 1000) : undefined;
}

function dateOf(value: unknown): Date | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
