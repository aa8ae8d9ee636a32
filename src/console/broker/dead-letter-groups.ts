/** Groups dead letters by cause, and gives each one a key for the page. */
import { createHash } from "node:crypto";
import { type DeadLetterEntry, replayTarget } from "../../dead-letters/index.ts";
import { isBrokerHeader, ownPrefix } from "../../transports/amqp/names/headers.ts";
import type { DeadLetterGroup, DeadLetterRow } from "../view/message-view.ts";

/**
 * The key of a dead letter. It is the same at each look, because a message that is copied to the end of its queue keeps all of these
 * values. Messages that differ in anything on the page have different keys; equal messages are numbered in the order of the queue.
 */
export function keyOf(entry: DeadLetterEntry, taken: Pick<ReadonlySet<string>, "has">): string {
  const { message, deadLetterQueue: _, ...told } = entry;
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ ...told, headers: ownHeaders(message.headers) }, withLongNumbers));
  const key = hash.update(message.content).digest("base64url").slice(0, 22);
  if (!taken.has(key)) return key;
  for (let copy = 2; ; copy++) if (!taken.has(`${key}.${copy}`)) return `${key}.${copy}`;
}

/** Without headers that a copy renames or that the broker counts: what they say about the failure is already included. */
function ownHeaders(headers: DeadLetterEntry["message"]["headers"]): readonly (readonly [string, unknown])[] {
  return Object.entries(headers)
    .filter(([name]) => !isBrokerHeader(name) && !name.startsWith(ownPrefix))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function withLongNumbers(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

/** The groups by cause, the largest first. */
export function groupsOf(
  entries: ReadonlyMap<string, DeadLetterEntry>,
  movedTo: ReadonlyMap<string, string>,
): readonly DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup & { readonly entries: DeadLetterRow[] }>();
  // The latest messages are last in the queue, and first on the page.
  for (const [key, entry] of [...entries].reverse()) {
    const { reason = "unknown reason", errorClass, errorCode, errorMessage, service, handler } = entry;
    const cause = JSON.stringify([reason, errorClass, errorCode, service, handler]);
    const group = groups.get(cause) ?? {
      cause,
      reason,
      errorClass,
      errorCode,
      errorMessage,
      service,
      handler,
      entries: [],
    };
    group.entries.push(rowOf(key, entry, movedTo));
    groups.set(cause, group);
  }
  return [...groups.values()].sort((a, b) => b.entries.length - a.entries.length);
}

export function rowOf(key: string, entry: DeadLetterEntry, movedTo: ReadonlyMap<string, string>): DeadLetterRow {
  const { id, failedAt, attempts, routingKey, message, replays } = entry;
  return {
    key,
    id,
    failedAt: failedAt?.getTime(),
    attempts,
    routingKey,
    bytes: message.content.length,
    replays: replays.length,
    replayable: replayTarget(entry, movedTo) !== undefined,
  };
}
