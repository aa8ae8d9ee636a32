/**
 * The copy of a message: for a retry queue, for a dead-letter queue, and back from there. A copy can always be written: what
 * cannot be carried is left out, and named in the header `x-tomodachi-dropped-headers`.
 */
import { headerFrameBytes } from "../../../amqp-client/check-message.ts";
import type { DeliveryProperties } from "../../../amqp-client/delivery.ts";
import type { OutgoingMessage, PublishProperties } from "../../../amqp-client/outgoing-message.ts";
import {
  type Arrival,
  type CopyKind,
  headerNames,
  isSuperseded,
  nameInCopy,
  originalPrefix,
} from "../names/headers.ts";
import { exactProperties } from "./exact-properties.ts";
import { fitHeaders } from "./fit-headers.ts";
import { isWritableHeader, isWritableShortString, isWritableTimestamp } from "./writable.ts";

/** What is copied: a delivery, or a message that was taken out of a dead-letter queue. */
export interface CopySource {
  readonly content: Buffer;
  readonly properties: DeliveryProperties;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The received flags and property list: with them the copy is exact. */
  readonly rawProperties?: Buffer | undefined;
}

export interface CopyOrder {
  readonly kind: CopyKind;
  readonly arrival: Arrival;
  readonly target: Pick<OutgoingMessage, "exchange" | "routingKey">;
  /** Headers of the copy itself. */
  readonly added: Readonly<Record<string, unknown>>;
  /** The largest frame of the connection: properties and headers must fit into one. */
  readonly frameMax: number;
  /** Without the message's headers, and only with its plain properties: when the whole copy was refused. @default false */
  readonly bare?: boolean | undefined;
}

/** More than this is never written: other clients stop at 64 KiB. */
const tableBytes = 60_000;
const stringProperties = {
  contentType: "content-type",
  contentEncoding: "content-encoding",
  type: "type",
  messageId: "message-id",
  correlationId: "correlation-id",
  replyTo: "reply-to",
  appId: "app-id",
} as const;

/** Nothing can be wrong with such a property. */
const plain = /^[\x20-\x7e]{1,255}$/;

export function copyMessage(source: CopySource, order: CopyOrder): OutgoingMessage {
  const { rawProperties } = source;
  const { messageId } = source.properties;
  const isExact = rawProperties !== undefined && order.bare !== true;
  return {
    ...order.target,
    // The delivery's bytes are a view into what was read.
    content: Buffer.from(source.content),
    mandatory: true,
    properties: isExact ? { ...copyProperties(source, order), messageId } : copyProperties(source, order),
    rawProperties: isExact ? exactCopy(rawProperties, source, order) : undefined,
  };
}

function exactCopy(raw: Buffer, source: CopySource, { kind, arrival, added, frameMax }: CopyOrder): Buffer {
  const room = roomFor(source.properties, frameMax);
  return exactProperties(raw, { kind, arrival, added, unset: unsetProperties(source), room });
}

/** The properties of a copy, made of those of the message. The one place in which a message's properties are carried over. */
function copyProperties(source: CopySource, order: CopyOrder): PublishProperties {
  const leftOut: string[] = [];
  const properties: PublishProperties = { ...basicProperties(source, order, leftOut), persistent: true };
  const headers = { ...carriedHeaders(source, order, leftOut), ...order.added };
  const earlier = headers[headerNames.droppedHeaders];
  delete headers[headerNames.droppedHeaders];
  if (typeof earlier === "string") leftOut.unshift(earlier);
  properties.headers = fitHeaders(headers, leftOut, roomFor(properties, order.frameMax));
  return properties;
}

function basicProperties(
  { properties }: CopySource,
  { bare = false }: CopyOrder,
  leftOut: string[],
): PublishProperties {
  const copied: Record<string, unknown> = {};
  for (const [key, name] of Object.entries(stringProperties)) {
    const value = properties[key as keyof typeof stringProperties];
    if (value === undefined) continue;
    if (bare ? plain.test(value) : isWritableShortString(value)) copied[key] = value;
    else leftOut.push(`${name} (property)`);
  }
  const { priority, timestamp } = properties;
  if (priority !== undefined) copied["priority"] = priority;
  if (timestamp !== undefined && isWritableTimestamp(timestamp)) copied["timestamp"] = timestamp;
  else if (timestamp !== undefined) leftOut.push("timestamp (property)");
  return copied as PublishProperties;
}

/** The message's own headers, those of the broker under names that the broker does not act on. */
function carriedHeaders(
  source: CopySource,
  { kind, arrival, bare = false }: CopyOrder,
  leftOut: string[],
): Record<string, unknown> {
  // Without a prototype, so that a header named "__proto__" is one like any other.
  const headers = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(source.headers)) {
    if (value === undefined) continue;
    const kept = nameInCopy(name, kind, arrival);
    if (kept !== undefined && !bare && isWritableHeader(kept, value)) {
      // The broker's current headers are newer than those from before an earlier copy.
      if (kept !== name || !Object.hasOwn(headers, kept)) headers[kept] = value;
    } else if (!isSuperseded(name, kind, arrival)) leftOut.push(name);
  }
  return Object.assign(headers, unsetProperties(source));
}

/** A copy with the expiration would expire, and a broker refuses another user's id: both stay readable as headers. */
function unsetProperties({ properties: { expiration, userId } }: CopySource): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  if (expiration !== undefined) kept[`${originalPrefix}expiration`] = String(expiration);
  if (userId !== undefined) kept[`${originalPrefix}user-id`] = userId;
  return kept;
}

function roomFor(properties: PublishProperties | DeliveryProperties, frameMax: number): number {
  const strings = Object.values(properties).reduce(
    (sum: number, value) => sum + (typeof value === "string" ? 1 + Buffer.byteLength(value) : 0),
    0,
  );
  return Math.min(tableBytes, frameMax - headerFrameBytes - strings);
}
