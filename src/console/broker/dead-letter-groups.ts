/** Dead letters by cause, each with a key that names it for the page. */
import { createHash } from "node:crypto";
import { type DeadLetterEntry, replayTarget } from "../../dead-letters/index.ts";
import type { DeadLetterGroup, DeadLetterRow } from "../view/message-view.ts";

/** The same at each look: a message that goes round the queue keeps all of this. */
export function keyOf(
  { id, failedAt, handler, message }: DeadLetterEntry,
  taken: Pick<ReadonlySet<string>, "has">,
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([id, failedAt?.getTime(), handler]));
  const key = hash.update(message.content).digest("base64url").slice(0, 22);
  if (!taken.has(key)) return key;
  for (let copy = 2; ; copy++) if (!taken.has(`${key}.${copy}`)) return `${key}.${copy}`;
}

/** By cause, the largest group first. */
export function groupsOf(
  entries: ReadonlyMap<string, DeadLetterEntry>,
  movedTo: ReadonlyMap<string, string>,
): readonly DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup & { readonly entries: DeadLetterRow[] }>();
  // The latest are last in the queue, and first on the page.
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
