/** The binary form: the attributes are headers, and the data alone is the body (CloudEvents 1.0, AMQP protocol binding, 3.1). */
import type { MessageSource } from "../../service/envelope.ts";
import { unbuildable, unreadable } from "../errors.ts";
import { strictJson, utf8Text } from "../json-payload.ts";
import { readJson } from "../json-reading.ts";
import { type Attributes, type CloudEventMessage, checkAttributeCount, eventOf } from "./event-attributes.ts";
import { isJson, isText } from "./media-type.ts";

/** The envelope writes the first prefix, because some clients cannot write a header name with a colon. */
const PREFIXES = ["cloudEvents_", "cloudEvents:"] as const;
const [PREFIX] = PREFIXES;

export interface BinaryEvent {
  readonly payload: string | Uint8Array;
  readonly headers: Readonly<Record<string, string | number | boolean>>;
}

/** Writes every attribute as a header, except the media type of the data, which is the content type of the message. */
export function writeBinary({ datacontenttype, ...attributes }: Attributes, data: unknown): BinaryEvent {
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`${PREFIX}${name}`, value]));
  if (data === undefined) return { payload: "", headers };
  if (data instanceof Uint8Array) return { payload: data, headers };
  if (isJson(String(datacontenttype))) return { payload: strictJson(data, "An event's data"), headers };
  if (typeof data === "string") return { payload: data, headers };
  throw unbuildable(`Data of the type ${String(datacontenttype)} must be a string or bytes, not ${typeof data}.`);
}

/** Whether the headers of a message say that it is an event. */
export function isBinary({ headers }: MessageSource): boolean {
  return PREFIXES.some((prefix) => headers[`${prefix}specversion`] !== undefined);
}

export function readBinary(
  payload: Buffer,
  { headers, properties }: MessageSource,
  maxValues: number | undefined,
): CloudEventMessage {
  const attributes: [string, unknown][] = [];
  for (const [header, value] of Object.entries(headers)) {
    const prefix = PREFIXES.find((one) => header.startsWith(one));
    if (prefix !== undefined) attributes.push([header.slice(prefix.length), attributeFrom(header, value)]);
  }
  checkAttributeCount(attributes.length);
  const { contentType } = properties;
  if (contentType !== undefined) attributes.push(["datacontenttype", contentType]);
  return eventOf(attributes, dataOf(payload, contentType ?? "", maxValues));
}

function dataOf(payload: Buffer, mediaType: string, maxValues: number | undefined): unknown {
  if (payload.length === 0) return null;
  if (isJson(mediaType)) return readJson(utf8Text(payload, "The event's data"), "The event's data", maxValues);
  // The payload belongs to the caller, so bytes are copied.
  return isText(mediaType) ? utf8Text(payload, "The event's data") : Buffer.from(payload);
}

/** Converts a header into an attribute. AMQP has a type for timestamps, in seconds. */
function attributeFrom(header: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { "!": type, value: seconds } = value as { readonly "!"?: unknown; readonly value?: unknown };
  if (type === "timestamp" && typeof seconds === "number" && Math.abs(seconds) <= 8.64e12) {
    return new Date(seconds * 1000).toISOString();
  }
  throw unreadable(`The header "${header}" is not an attribute of an event.`);
}
