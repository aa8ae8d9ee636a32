/** Copies of dead letters: to the end of their own queue, to another queue, or back to where they failed. */
import type { OutgoingMessage, PublishProperties } from "../../../amqp-client/outgoing-message.ts";
import type { TakenMessage } from "../../../amqp-client/taken-message.ts";
import { cutText } from "../../../util/cut-text.ts";
import { deadLetterHeaderNames } from "../dead-letters/dead-letter.ts";
import { fitHeaders } from "../dead-letters/fit-headers.ts";
import { entrySize, tableSize } from "../dead-letters/table-size.ts";
import { type Letter, originalPrefix, replayHeader, replaysHeader } from "./letter.ts";

/** A broker routes by CC and BCC and counts by the rest: kept under their own names they would misroute or lose the copy. */
const brokerHeader = /^(CC|BCC|x-death|x-first-death-.*|x-last-death-.*|x-delivery-count|x-acquired-count)$/;
/** What a broker counted before a replay says nothing about the time after it. */
const spentHeader = /^(x-death|x-first-death-.*|x-last-death-.*|x-delivery-count|x-acquired-count)$/;
const ownPrefix = "x-tomodachi-";
/** Replays that are remembered in the message. */
const mostReplays = 10;
const replayLineBytes = 200;
/** amqplib writes a table into 64 KiB; other clients send larger ones. The framework's own copies stay well below. */
const tableBytes = 65_000;
/** A header that the desk needs is never left out, unless it is larger than any that the framework writes. */
const mostNeededBytes = 2200;
const neededHeaders: ReadonlySet<string> = new Set([
  ...Object.values(deadLetterHeaderNames),
  replayHeader,
  replaysHeader,
  `${originalPrefix}x-death`,
]);

/** The same dead letter for the end of its own queue: its count of deliveries begins anew, everything else stays. */
export function renewedCopy(message: TakenMessage, queue: string): OutgoingMessage {
  return copyTo(queue, message, unroutedHeaders(message));
}

/** The dead letter with everything that says why it is one, for another queue. */
export function movedCopy({ message }: Letter, queue: string): OutgoingMessage {
  return copyTo(queue, message, unroutedHeaders(message));
}

/**
 * The message as it was before it failed, for the queue it failed in: what said why it failed is gone, but for one line in the
 * list of its replays.
 */
export function replayedCopy(letter: Letter, queue: string, replay: string, now: Date): OutgoingMessage {
  const headers: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(unroutedHeaders(letter.message))) {
    const original = name.startsWith(originalPrefix) ? name.slice(originalPrefix.length) : undefined;
    const own = name.startsWith(ownPrefix) && original === undefined;
    if (!own && !(original !== undefined && spentHeader.test(original))) headers[name] = value;
  }
  headers[replaysHeader] = [...letter.replays, replayLine(letter, now)].slice(-mostReplays);
  headers[replayHeader] = replay;
  return copyTo(queue, letter.message, headers);
}

/** "2026-11-23T10:00:00.000Z after 3 attempts, handler-error TypeError (orders.onPaid)" */
function replayLine({ attempts, reason, errorClass, service, handler, deaths }: Letter, now: Date): string {
  const count = attempts ?? deaths[0]?.count;
  const tries = count === undefined ? "" : ` after ${count} ${count === 1 ? "attempt" : "attempts"}`;
  const what = [reason ?? "unknown reason", errorClass].filter((word) => word !== undefined).join(" ");
  const who = [service, handler].filter((word) => word !== undefined).join(".");
  const line = `${now.toISOString()}${tries}, ${what}${who && ` (${who})`}`;
  return cutText(line, replayLineBytes);
}

/** Its headers, those of the broker under names that no broker acts on. */
function unroutedHeaders({ headers, properties }: TakenMessage): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name === "x-delivery-count" || name === "x-acquired-count") continue;
    kept[brokerHeader.test(name) ? originalPrefix + name : name] = value;
  }
  if (properties.expiration !== undefined) kept[`${originalPrefix}expiration`] = String(properties.expiration);
  // A broker refuses another user's name: the copy is sent by whoever works at the desk.
  if (properties.userId !== undefined) kept[`${originalPrefix}user-id`] = properties.userId;
  return kept;
}

/** A copy can always be written: one that cannot would hold up all that stand behind it. */
function fitted(headers: Record<string, unknown>): Record<string, unknown> {
  if (tableSize(headers) <= tableBytes) return headers;
  const needed: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isNeeded = neededHeaders.has(name) && entrySize(name, value) <= mostNeededBytes;
    (isNeeded ? needed : rest)[name] = value;
  }
  return { ...fitHeaders(rest, tableBytes - tableSize(needed)), ...needed };
}

function copyTo(queue: string, message: TakenMessage, headers: Record<string, unknown>): OutgoingMessage {
  const { contentType, contentEncoding, type, messageId, correlationId, replyTo, priority, timestamp, appId } =
    message.properties;
  const given = { contentType, contentEncoding, type, messageId, correlationId, replyTo, priority, timestamp, appId };
  const properties = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    exchange: "",
    routingKey: queue,
    content: message.content,
    mandatory: true,
    properties: { ...(properties as PublishProperties), persistent: true, headers: fitted(headers) },
  };
}
