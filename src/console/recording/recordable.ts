/** Messages that can become a test, wherever they were seen: kept by the console, dead-lettered, or just published. */
import type { DeadLetterEntry } from "../../dead-letters/index.ts";
import { decodeRoutingKey } from "../../transports/amqp/names/routing-key.ts";
import type { RetryPolicy } from "../../transports/amqp/options/retry-options.ts";
import type { MessagePlace } from "../broker/readings.ts";
import type { RecordedMessage } from "../run/recorded-message.ts";
import type { PlayedRun } from "./played-message.ts";

export interface RecordableMessage {
  readonly at: number | undefined;
  readonly exchange: string;
  /** The routing key, decoded, with its prefix. */
  readonly routingKey: string;
  readonly content: Buffer;
  /** The size of the whole body; `content` may be only its beginning. */
  readonly bytes: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  /** For each queue in which it was, the known runs. Empty if it was seen outside a queue. */
  readonly queues: ReadonlyMap<string, readonly PlayedRun[]>;
}

/** A message as a listener receives it. */
export interface PassedMessage {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly exchange: string;
  /** The routing key as it is on the wire. */
  readonly routingKey: string;
  readonly content: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: object;
}

/** The runs of a message that was only seen when it was published, or while it waited. */
export const unseenRuns: readonly PlayedRun[] = [{ outcome: "unseen", delayMs: undefined }];
const refused: readonly PlayedRun[] = [{ outcome: "refused", delayMs: undefined }];
/** The longest wait of a retry in the process, in milliseconds. */
const longestQuickMs = 2000;

/**
 * The messages that handlers received: each message once, with what each of its handlers did. `all` are the messages that are still kept,
 * because runs before and after the selected one belong to it too.
 */
export function fromKept(
  chosen: readonly RecordedMessage[],
  all: readonly RecordedMessage[],
): readonly RecordableMessage[] {
  const messages = new Map<string, RecordableMessage & { readonly queues: Map<string, readonly PlayedRun[]> }>();
  for (const message of [...chosen].sort((a, b) => a.row.number - b.row.number)) {
    const { row, content, headers, properties, queue } = message;
    if (row.kind !== "handled" || queue === undefined) continue;
    const key = row.messageId === undefined ? `number ${row.number}` : `${row.messageId} ${row.routingKey}`;
    const { exchange, routingKey, bytes } = row;
    const known = messages.get(key) ?? {
      at: row.at - row.ms,
      ...{ exchange, routingKey, content, bytes, headers, properties },
      queues: new Map<string, readonly PlayedRun[]>(),
    };
    if (!known.queues.has(queue)) known.queues.set(queue, runsOf(message, all));
    messages.set(key, known);
  }
  return [...messages.values()];
}

/** It belongs to no queue: every handler that accepts its key receives it. */
export function fromPassing({ routingKey, properties, content, ...message }: PassedMessage): RecordableMessage {
  const given = { ...message, content, bytes: content.length, properties: { ...properties } };
  return { ...given, routingKey: decodeRoutingKey(routingKey), queues: new Map() };
}

/** Every run of this message from this queue that the console has seen. */
function runsOf({ row, queue }: RecordedMessage, all: readonly RecordedMessage[]): readonly PlayedRun[] {
  const own = all.filter(
    (one) =>
      one.queue === queue &&
      (one.row.number === row.number || (row.messageId !== undefined && one.row.messageId === row.messageId)),
  );
  return own.flatMap(({ row: { outcome }, notes, retryDelayMs, isCalled }): readonly PlayedRun[] => {
    if (outcome === "dead-letter" && !isCalled) return refused;
    const before = notes.flatMap(({ pauseMs }) => (pauseMs === undefined ? [] : retryAfter(pauseMs, true)));
    return outcome === "acknowledge" || outcome === "retry" || outcome === "dead-letter" || outcome === "requeue"
      ? [...before, { outcome, delayMs: retryDelayMs }]
      : before;
  });
}

function retryAfter(delayMs: number, isHere: boolean): PlayedRun {
  return { outcome: "retry", delayMs, isHere };
}

/** A message in a queue, dead-lettered or waiting. `retryOf` returns the retry policy of the subscription with this queue. */
export function fromEntry(
  entry: DeadLetterEntry,
  retryOf: (place: MessagePlace) => RetryPolicy | undefined,
): RecordableMessage {
  const { message, deadLetterQueue, reason, queue = deadLetterQueue } = entry;
  const { exchange = message.exchange, routingKey = message.routingKey } = entry;
  const { content, headers, properties } = message;
  const runs = reason === "schema" ? refused : runsBefore(entry, retryOf({ queue, exchange, routingKey }));
  return {
    // The messages may have failed hours apart, and a test must not wait that long.
    at: undefined,
    ...{ exchange, routingKey, content, headers, properties: { ...properties } },
    bytes: content.length,
    queues: new Map([[queue, runs]]),
  };
}

/** The runs before, from the count in its headers and the current delays. */
function runsBefore({ reason, attempts = 1 }: DeadLetterEntry, policy: RetryPolicy | undefined): readonly PlayedRun[] {
  if (reason !== "handler-error" && reason !== "timeout" && reason !== "rejected") return unseenRuns;
  const { delaysMs = [], quick = 0 } = policy ?? {};
  const failed = Math.max(0, attempts - 1);
  const here = Array.from({ length: Math.min(failed, quick) }, () => retryAfter(longestQuickMs, true));
  const delayed = Array.from({ length: failed - here.length }, (_, at) => delaysMs[at] ?? delaysMs.at(-1));
  const waited = delayed.flatMap((delayMs) => (delayMs === undefined ? [] : retryAfter(delayMs, false)));
  return [...here, ...waited, { outcome: "dead-letter", delayMs: undefined }];
}
