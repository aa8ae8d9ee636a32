/** Events as JSON: data as strict JSON, and the structured form of a whole event. */
import { fromBase64 } from "../base64.ts";
import { excerpt, unbuildable, unreadable } from "../errors.ts";
import { strictJson, utf8Text } from "../json-payload.ts";
import { readJson } from "../json-reading.ts";
import { type Attributes, type CloudEventMessage, checkAttributeCount, eventOf } from "./event-attributes.ts";
import { isJson } from "./media-type.ts";

/** Writes one JSON object with the attributes and the data. */
export function writeStructured(attributes: Attributes, data: unknown): string {
  const members = JSON.stringify(attributes).slice(0, -1);
  if (data instanceof Uint8Array) return `${members},"data_base64":"${asBuffer(data).toString("base64")}"}`;
  if (data === undefined) return `${members}}`;
  const { datacontenttype } = attributes;
  if (typeof data !== "string" && !isJson(String(datacontenttype))) {
    throw unbuildable(`Data of the type ${String(datacontenttype)} must be a string or bytes, not ${typeof data}.`);
  }
  return `${members},"data":${strictJson(data, "An event's data")}}`;
}

export function readStructured(payload: Buffer, maxValues: number | undefined): CloudEventMessage {
  const text = utf8Text(payload, "The event");
  const event = readJson(text, "The event", maxValues);
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    throw unreadable(`An event must be a JSON object: ${excerpt(text)}`);
  }
  checkAttributeCount(Object.keys(event).length);
  const { data = null, data_base64: base64 = null, ...attributes } = event as Readonly<Record<string, unknown>>;
  return eventOf(Object.entries(attributes), dataOf(data, base64));
}

function dataOf(data: unknown, base64: unknown): unknown {
  if (base64 === null) return data;
  if (data !== null) throw unreadable("The event has both data and data_base64.");
  if (typeof base64 !== "string")
    throw unreadable(`The event's data_base64 must be a string, but is ${typeof base64}.`);
  return fromBase64(base64, "The event's data_base64");
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
