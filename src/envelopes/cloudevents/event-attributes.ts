/** The attributes of a CloudEvent: their names, how they are made, and what is refused (CloudEvents 1.0, "Context Attributes"). */
import { randomUUID } from "node:crypto";
import { excerpt, unbuildable, unreadable } from "../errors.ts";

/** The value of an attribute, in every form of an event. */
export type AttributeValue = string | number | boolean;

/** An event as a handler finds it in `context.message`. Extensions are members, like the attributes of the standard. */
export interface CloudEventMessage<Data = unknown> {
  /** The version of the standard. */
  readonly specversion: "1.0";
  /** The id, which is unique for the `source`. */
  readonly id: string;
  /** The sender, as a URI reference. */
  readonly source: string;
  /** The kind of event. */
  readonly type: string;
  /** What the event is about, within its source. */
  readonly subject?: string;
  /** When it happened, in the form of RFC 3339. */
  readonly time?: string;
  /** The media type of `data`. */
  readonly datacontenttype?: string;
  /** The URI of the schema of `data`. */
  readonly dataschema?: string;
  /** JSON arrives as a value, text as a string, and anything else as a Buffer. It is null in an event without data. */
  readonly data: Data;
  /** An extension attribute. */
  readonly [extension: string]: unknown;
}

/** The attributes that a publish may set. */
export interface CloudEventAttributes {
  /** The id, unique for the source. @default the uuid of the service, a dot and a new uuid */
  readonly id?: string;
  /** The sender, as a URI reference. @default the source of the envelope */
  readonly source?: string;
  /** The kind of event. @default the type of the envelope, or else the routing key */
  readonly type?: string;
  /** What the event is about, within its source. @default none */
  readonly subject?: string;
  /** When it happened; a string in the form of RFC 3339. @default now */
  readonly time?: string | Date;
  /** The media type of the data. @default application/json; application/octet-stream for bytes */
  readonly datacontenttype?: string;
  /** The URI of the schema of the data. @default none */
  readonly dataschema?: string;
  /** An extension attribute. Its name has only lower-case letters and digits. */
  readonly [extension: string]: AttributeValue | Date | undefined;
}

/** Attributes with their values, in the order in which they are written. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

const NAME = /^[a-z0-9]+$/;
const OWN_NAMES: ReadonlySet<string> = new Set(["specversion", "data", "data_base64"]);
const TEXTS = ["id", "source", "type", "subject", "time", "datacontenttype", "dataschema"] as const;
const NEEDED = ["id", "source", "type"] as const;

/** The values for attributes that the publish does not set. */
export interface AttributeDefaults {
  readonly uuid: string;
  readonly source: string;
  readonly type: string;
  readonly datacontenttype: string;
}

/** Makes the attributes of a new event; throws `ERR_ENVELOPE_UNBUILDABLE` for what the standard does not allow. */
export function newAttributes(given: CloudEventAttributes, defaults: AttributeDefaults): Attributes {
  const { uuid, source, type, datacontenttype } = defaults;
  const attributes: Record<string, AttributeValue> = {
    specversion: "1.0",
    id: `${uuid}.${randomUUID()}`,
    source,
    type,
    time: new Date().toISOString(),
    datacontenttype,
  };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) attributes[name] = attributeOf(name, value);
  }
  for (const name of NEEDED) {
    if (attributes[name] === "") throw unbuildable(`The attribute "${name}" of an event must not be empty.`);
  }
  return attributes;
}

function attributeOf(name: string, value: unknown): AttributeValue {
  if (!NAME.test(name) || OWN_NAMES.has(name)) {
    throw unbuildable(`An event cannot have the attribute "${name}": names are lower-case letters and digits.`);
  }
  const isText = (TEXTS as readonly string[]).includes(name);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (name === "time" && (typeof value !== "string" || Number.isNaN(Date.parse(value)))) {
    throw unbuildable(`The attribute "time" of an event must be a Date or a string of RFC 3339, not ${shown(value)}.`);
  }
  if (typeof value === "string") return value;
  if (!isText && (typeof value === "boolean" || isInteger(value))) return value;
  const expected = isText ? "a string" : "a string, a whole number of 32 bits or true or false";
  throw unbuildable(`The attribute "${name}" of an event must be ${expected}, not ${shown(value)}.`);
}

function isInteger(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
}

/**
 * The most attributes that an event may have. The standard names eight, and reading an extension costs far more than reading a value of the
 * data.
 */
const MAX_ATTRIBUTES = 1000;

/** Throws `ERR_ENVELOPE_UNREADABLE` for an event with too many attributes, before anything is made of them. */
export function checkAttributeCount(count: number): void {
  if (count <= MAX_ATTRIBUTES) return;
  throw unreadable(
    `The event has ${count} attributes, but at most ${MAX_ATTRIBUTES} are allowed. Put the data into "data".`,
  );
}

/** An event with checked attributes and its data; throws `ERR_ENVELOPE_UNREADABLE` for anything that is not an event of version 1.0. */
export function eventOf(found: readonly (readonly [string, unknown])[], data: unknown): CloudEventMessage {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of found) {
    if (!NAME.test(name)) throw unreadable(`An event cannot have the attribute ${excerpt(name)}.`);
    if (value !== null && value !== undefined) attributes[name] = value;
  }
  const { specversion } = attributes;
  if (specversion !== "1.0") {
    const cure = specversion === undefined ? " For plain JSON of other systems use messageEnvelope: Json." : "";
    throw unreadable(`The event's specversion must be "1.0", but is ${shown(specversion)}.${cure}`);
  }
  for (const name of TEXTS) {
    const value = attributes[name];
    const isNeeded = (NEEDED as readonly string[]).includes(name);
    if (value === undefined && !isNeeded) continue;
    if (typeof value !== "string" || (isNeeded && value === "")) {
      throw unreadable(`The event's attribute "${name}" must be a string, but is ${shown(value)}.`);
    }
  }
  return { ...attributes, data } as unknown as CloudEventMessage;
}

function shown(value: unknown): string {
  return typeof value === "string" ? excerpt(value) : value === undefined ? "absent" : String(value).slice(0, 40);
}
