/** Properties of messages: decoded on first use, written for a publish, each tolerant of what other systems send. */
import { ByteReader } from "../../amqp-wire/byte-reader.ts";
import type { ByteWriter } from "../../amqp-wire/byte-writer.ts";
import { replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import { moreFlags, propertyFlag, tooManyFlags, trailingOctets } from "../../amqp-wire/properties.ts";
import { writePlainTable } from "./plain-table.ts";

/** AMQP's basic properties (AMQP 0-9-1, 1.8); what the sender left out is undefined. */
export interface DeliveryProperties {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly deliveryMode: number | undefined;
  readonly priority: number | undefined;
  readonly correlationId: string | undefined;
  readonly replyTo: string | undefined;
  readonly expiration: string | undefined;
  readonly messageId: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp: number | undefined;
  readonly type: string | undefined;
  readonly userId: string | undefined;
  readonly appId: string | undefined;
}

/** Properties to be written; a copy of a message has them as `Uint8Array`, byte for byte. */
export interface PublishProperties {
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  headers?: Readonly<Record<string, unknown>> | undefined;
  /** true is delivery mode 2, false and undefined are mode 1. */
  persistent?: boolean | undefined;
  priority?: number | undefined;
  correlationId?: string | undefined;
  replyTo?: string | undefined;
  /** Milliseconds. */
  expiration?: string | number | undefined;
  messageId?: string | undefined;
  /** Seconds since 1970. */
  timestamp?: number | undefined;
  type?: string | undefined;
  userId?: string | undefined;
  appId?: string | undefined;
}

export interface ReadProperties {
  readonly properties: DeliveryProperties;
  /** The table with its length before it, as a view. */
  readonly headers: Buffer | undefined;
}

/**
 * Reads flags and property list, but leaves the headers alone. Strings that are not UTF-8 keep their bytes (`decodeText`).
 * Throws FrameError if the bytes are not properties.
 */
export function readProperties(bytes: Buffer): ReadProperties {
  const reader = new ByteReader(bytes, 0, bytes.length, true);
  const flags = reader.uint16();
  if (flags & moreFlags) throw tooManyFlags();
  const contentType = flags & propertyFlag.contentType ? reader.shortString() : undefined;
  const contentEncoding = flags & propertyFlag.contentEncoding ? reader.shortString() : undefined;
  const headers = flags & propertyFlag.headers ? tableOf(bytes, reader) : undefined;
  const deliveryMode = flags & propertyFlag.deliveryMode ? reader.uint8() : undefined;
  const priority = flags & propertyFlag.priority ? reader.uint8() : undefined;
  const correlationId = flags & propertyFlag.correlationId ? reader.shortString() : undefined;
  const replyTo = flags & propertyFlag.replyTo ? reader.shortString() : undefined;
  const expiration = flags & propertyFlag.expiration ? reader.shortString() : undefined;
  const messageId = flags & propertyFlag.messageId ? reader.shortString() : undefined;
  const timestamp = flags & propertyFlag.timestamp ? Number(reader.uint64()) : undefined;
  const type = flags & propertyFlag.type ? reader.shortString() : undefined;
  const userId = flags & propertyFlag.userId ? reader.shortString() : undefined;
  const appId = flags & propertyFlag.appId ? reader.shortString() : undefined;
  if (flags & propertyFlag.clusterId) reader.shortString();
  if (reader.remaining > 0) throw trailingOctets(reader.remaining);
  return {
    properties: {
      contentType,
      contentEncoding,
      deliveryMode,
      priority,
      correlationId,
      replyTo,
      expiration,
      messageId,
      timestamp,
      type,
      userId,
      appId,
    },
    headers,
  };
}

/**
 * Writes flags and property list behind what the writer holds. Throws FrameError for a value that AMQP cannot carry; the
 * writer is to be cut back then.
 */
export function writeProperties(writer: ByteWriter, properties: PublishProperties): void {
  const { contentType, contentEncoding, headers, persistent, priority, correlationId, replyTo } = properties;
  const { expiration, messageId, timestamp, type, userId, appId } = properties;
  let flags = propertyFlag.deliveryMode as number;
  if (contentType !== undefined) flags |= propertyFlag.contentType;
  if (contentEncoding !== undefined) flags |= propertyFlag.contentEncoding;
  if (headers !== undefined) flags |= propertyFlag.headers;
  if (priority !== undefined) flags |= propertyFlag.priority;
  if (correlationId !== undefined) flags |= propertyFlag.correlationId;
  if (replyTo !== undefined) flags |= propertyFlag.replyTo;
  if (expiration !== undefined) flags |= propertyFlag.expiration;
  if (messageId !== undefined) flags |= propertyFlag.messageId;
  if (timestamp !== undefined) flags |= propertyFlag.timestamp;
  if (type !== undefined) flags |= propertyFlag.type;
  if (userId !== undefined) flags |= propertyFlag.userId;
  if (appId !== undefined) flags |= propertyFlag.appId;
  writer.uint16(flags);
  if (contentType !== undefined) writer.shortString(contentType);
  if (contentEncoding !== undefined) writer.shortString(contentEncoding);
  if (headers !== undefined) writePlainTable(writer, headers);
  writer.uint8(persistent === true ? 2 : 1);
  if (priority !== undefined) writer.uint8(whole(priority, 255, "priority"));
  if (correlationId !== undefined) writer.shortString(correlationId);
  if (replyTo !== undefined) writer.shortString(replyTo);
  if (expiration !== undefined) writer.shortString(String(expiration));
  if (messageId !== undefined) writer.shortString(messageId);
  if (timestamp !== undefined) writer.uint64(whole(timestamp, Number.MAX_SAFE_INTEGER, "timestamp"));
  if (type !== undefined) writer.shortString(type);
  if (userId !== undefined) writer.shortString(userId);
  if (appId !== undefined) writer.shortString(appId);
}

function tableOf(bytes: Buffer, reader: ByteReader): Buffer {
  const start = reader.position;
  reader.longString();
  return bytes.subarray(start, reader.position);
}

function whole(value: number, most: number, name: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new FrameError(replyCode.syntaxError, `${name} is a whole number from 0 to ${most}, not ${value}`);
}
