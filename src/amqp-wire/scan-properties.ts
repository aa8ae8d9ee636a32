/** What a broker reads in every publish, read from the properties without building objects for the rest. */
import { endedEarly } from "./byte-reader.ts";
import { moreFlags, propertyFlag, tooManyFlags, trailingOctets } from "./properties.ts";
import { skip, skipShort, skipTable } from "./skip-table.ts";

/** Undefined means that a property was not sent. */
export interface ScannedProperties {
  /** The table with its length before it, as a view: for `readTable`. */
  readonly headers: Buffer | undefined;
  readonly deliveryMode: number | undefined;
  readonly priority: number | undefined;
  readonly replyTo: string | undefined;
  readonly expiration: string | undefined;
  readonly hasTimestamp: boolean;
  readonly userId: string | undefined;
}

/** Reads some properties and skips the others; throws FrameError where `decodeProperties` would. */
export function scanProperties(bytes: Buffer): ScannedProperties {
  const end = bytes.length;
  if (end < 2) throw endedEarly(2, end);
  const flags = bytes.readUInt16BE(0);
  if (flags & moreFlags) throw tooManyFlags();
  let at = 2;
  let start = 0;
  let headers: Buffer | undefined;
  let deliveryMode: number | undefined;
  let priority: number | undefined;
  let replyTo: string | undefined;
  let expiration: string | undefined;
  let userId: string | undefined;
  if (flags & propertyFlag.contentType) at = skipShort(bytes, at, end);
  if (flags & propertyFlag.contentEncoding) at = skipShort(bytes, at, end);
  if (flags & propertyFlag.headers) {
    start = at;
    at = skipTable(bytes, start, end);
    headers = bytes.subarray(start, at);
  }
  if (flags & propertyFlag.deliveryMode) {
    at = skip(1, at, end);
    deliveryMode = bytes[at - 1];
  }
  if (flags & propertyFlag.priority) {
    at = skip(1, at, end);
    priority = bytes[at - 1];
  }
  if (flags & propertyFlag.correlationId) at = skipShort(bytes, at, end);
  if (flags & propertyFlag.replyTo) {
    start = at;
    at = skipShort(bytes, start, end);
    replyTo = bytes.toString("utf8", start + 1, at);
  }
  if (flags & propertyFlag.expiration) {
    start = at;
    at = skipShort(bytes, start, end);
    expiration = bytes.toString("utf8", start + 1, at);
  }
  if (flags & propertyFlag.messageId) at = skipShort(bytes, at, end);
  if (flags & propertyFlag.timestamp) at = skip(8, at, end);
  if (flags & propertyFlag.type) at = skipShort(bytes, at, end);
  if (flags & propertyFlag.userId) {
    start = at;
    at = skipShort(bytes, start, end);
    userId = bytes.toString("utf8", start + 1, at);
  }
  if (flags & propertyFlag.appId) at = skipShort(bytes, at, end);
  if (flags & propertyFlag.clusterId) at = skipShort(bytes, at, end);
  if (at < end) throw trailingOctets(end - at);
  const hasTimestamp = (flags & propertyFlag.timestamp) !== 0;
  return { headers, deliveryMode, priority, replyTo, expiration, hasTimestamp, userId };
}
