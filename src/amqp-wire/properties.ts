/** The properties of a message (class basic), as they follow the body size in a content header. */
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { replyCode } from "./constants.ts";
import { FrameError } from "./errors.ts";
import { type FieldTable, readTable, writeTable } from "./field-table.ts";

/** The properties that a publisher may set; a missing one was not sent. */
export interface BasicProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: FieldTable;
  /** 2 is persistent; everything else is not. */
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** Milliseconds in decimal digits; any text on the wire. */
  readonly expiration?: string;
  readonly messageId?: string;
  /** Seconds since 1970; a bigint only where a number would not be exact. */
  readonly timestamp?: number | bigint;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly clusterId?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The bit of each property in the flags, from the first on the wire to the last (AMQP 0-9-1, 4.2.6.1). */
export const propertyFlag = {
  contentType: 0x8000,
  contentEncoding: 0x4000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  type: 0x0020,
  userId: 0x0010,
  appId: 0x0008,
  clusterId: 0x0004,
} as const;

/** Means that more flags follow. Class basic has no more, and RabbitMQ cannot read them; it ignores the bit before this. */
export const moreFlags = 0x0001;

/** Reads flags and property list; throws FrameError if they are invalid. Buffers in `headers` are views of `bytes`. */
export function decodeProperties(bytes: Buffer): BasicProperties {
  const reader = new ByteReader(bytes);
  const flags = reader.uint16();
  if (flags & moreFlags) throw tooManyFlags();
  const found: Mutable<BasicProperties> = {};
  if (flags & propertyFlag.contentType) found.contentType = reader.shortString();
  if (flags & propertyFlag.contentEncoding) found.contentEncoding = reader.shortString();
  if (flags & propertyFlag.headers) found.headers = readTable(reader);
  if (flags & propertyFlag.deliveryMode) found.deliveryMode = reader.uint8();
  if (flags & propertyFlag.priority) found.priority = reader.uint8();
  if (flags & propertyFlag.correlationId) found.correlationId = reader.shortString();
  if (flags & propertyFlag.replyTo) found.replyTo = reader.shortString();
  if (flags & propertyFlag.expiration) found.expiration = reader.shortString();
  if (flags & propertyFlag.messageId) found.messageId = reader.shortString();
  if (flags & propertyFlag.timestamp) found.timestamp = reader.uint64();
  if (flags & propertyFlag.type) found.type = reader.shortString();
  if (flags & propertyFlag.userId) found.userId = reader.shortString();
  if (flags & propertyFlag.appId) found.appId = reader.shortString();
  if (flags & propertyFlag.clusterId) found.clusterId = reader.shortString();
  if (reader.remaining > 0) throw trailingOctets(reader.remaining);
  return found;
}

/** Writes flags and property list. */
export function encodeProperties(properties: BasicProperties): Buffer {
  const writer = new ByteWriter();
  writer.uint16(flagsOf(properties));
  if (properties.contentType !== undefined) writer.shortString(properties.contentType);
  if (properties.contentEncoding !== undefined) writer.shortString(properties.contentEncoding);
  if (properties.headers !== undefined) writeTable(writer, properties.headers);
  if (properties.deliveryMode !== undefined) writer.uint8(properties.deliveryMode);
  if (properties.priority !== undefined) writer.uint8(properties.priority);
  if (properties.correlationId !== undefined) writer.shortString(properties.correlationId);
  if (properties.replyTo !== undefined) writer.shortString(properties.replyTo);
  if (properties.expiration !== undefined) writer.shortString(properties.expiration);
  if (properties.messageId !== undefined) writer.shortString(properties.messageId);
  if (properties.timestamp !== undefined) writer.uint64(properties.timestamp);
  if (properties.type !== undefined) writer.shortString(properties.type);
  if (properties.userId !== undefined) writer.shortString(properties.userId);
  if (properties.appId !== undefined) writer.shortString(properties.appId);
  if (properties.clusterId !== undefined) writer.shortString(properties.clusterId);
  return writer.cut();
}

/** The error of flags behind the first ones. */
export function tooManyFlags(): FrameError {
  return new FrameError(replyCode.syntaxError, "more property flags than class basic has");
}

/** The error of bytes behind the last property. */
export function trailingOctets(count: number): FrameError {
  return new FrameError(replyCode.syntaxError, `${count} octets after the last property`);
}

function flagsOf(properties: BasicProperties): number {
  let flags = 0;
  for (const [name, flag] of Object.entries(propertyFlag)) {
    if (properties[name as keyof BasicProperties] !== undefined) flags |= flag;
  }
  return flags;
}
