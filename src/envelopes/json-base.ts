/** JsonBase: the envelope `tomodachi-json-base--1.0.0`, shared with Python services. */
import { randomUUID } from "node:crypto";
import type { BuiltPayload, Envelope, ParsedMessage } from "../service/envelope.ts";
import { compressLarge, decompress } from "./compression.ts";
import { checkDataLimits, checkPayloadSize, type DataLimitOptions, dataLimitNames } from "./data-limit.ts";
import { excerpt, unreadable } from "./errors.ts";
import { utf8Text } from "./json-payload.ts";
import { readJson } from "./json-reading.ts";
import { writeJson } from "./json-writing.ts";

const PROTOCOL_VERSION = "tomodachi-json-base--1.0.0";
const COMPATIBLE_VERSIONS = '["json_base-wip"]';

/**
 * A message as a handler finds it in `context.message`. Fields that the sender omitted are null; fields that the sender added are dropped.
 */
export interface JsonBaseMessage<Data = unknown> {
  /** The service that sent the message. */
  readonly service: {
    /** The name of the service. */
    readonly name: string | null;
    /** The uuid of the service instance. */
    readonly uuid: string | null;
  };
  /** What the envelope says about the message. The names are those on the wire. */
  readonly metadata: {
    /** The id of the message. */
    readonly message_uuid: string | null;
    /** The version of the envelope. */
    readonly protocol_version: string | null;
    /** When it was sent, in seconds since 1970. */
    readonly timestamp: number | null;
    /** The routing key that was passed to the publish, without prefix. */
    readonly topic: string | null;
    /** "raw", or "base64_gzip_json" for compressed data. */
    readonly data_encoding: string | null;
  };
  /** The data of the message. */
  readonly data: Data;
}

/** Options that a decorator accepts with `messageEnvelope: JsonBase`. */
export interface JsonBaseOptions extends DataLimitOptions {}

/** The JSON envelope that Python tomodachi also uses. Numbers and other values that JSON does not have: see docs/decisions/0004. */
export const JsonBase: Envelope<JsonBaseMessage, JsonBaseOptions> = {
  optionNames: dataLimitNames,

  validate: checkDataLimits,

  buildMessage(service: Sender, topic: string, data: unknown): BuiltPayload {
    const json = writeJson(data);
    const compressed = compressLarge(json);
    const now = Date.now();
    const uuid = service.uuid ?? null;
    const messageUuid = `${uuid ?? ""}.${randomUUID()}`;
    const sender = `{"name":${JSON.stringify(service.name ?? null)},"uuid":${JSON.stringify(uuid)}}`;
    // Always three decimals, so that Python reads a float even for a full second.
    const metadata =
      `{"message_uuid":${JSON.stringify(messageUuid)},"protocol_version":"${PROTOCOL_VERSION}",` +
      `"compatible_protocol_versions":${COMPATIBLE_VERSIONS},"timestamp":${(now / 1000).toFixed(3)},` +
      `"topic":${JSON.stringify(topic)},"data_encoding":"${compressed === undefined ? "raw" : "base64_gzip_json"}"}`;
    const body = compressed === undefined ? json : `"${compressed}"`;
    return {
      payload: `{"service":${sender},"metadata":${metadata},"data":${body}}`,
      messageUuid,
      contentType: "application/json",
      timestamp: Math.floor(now / 1000),
    };
  },

  parseMessage(payload: Buffer, options: JsonBaseOptions): ParsedMessage<JsonBaseMessage> {
    checkPayloadSize(payload, options);
    const text = utf8Text(payload, "The payload");
    const envelope: Wire = objectFrom(readJson(text, "The payload", options.maxValues), "The payload", text);
    const { service = {}, metadata = {}, data = null } = envelope;
    const { name = null, uuid = null }: Partial<JsonBaseMessage["service"]> = objectFrom(
      service,
      'Its member "service"',
      text,
    );
    const {
      message_uuid = null,
      protocol_version = null,
      timestamp = null,
      topic = null,
      data_encoding = null,
    }: Partial<JsonBaseMessage["metadata"]> = objectFrom(metadata, 'Its member "metadata"', text);
    const message: JsonBaseMessage = {
      service: { name, uuid },
      metadata: { message_uuid, protocol_version, timestamp, topic, data_encoding },
      data: dataOf(data_encoding, data, text, options),
    };
    return {
      message,
      messageUuid: typeof message_uuid === "string" && message_uuid !== "" ? message_uuid : undefined,
      timestamp: typeof timestamp === "number" ? timestamp : undefined,
    };
  },
};

/** The name and uuid of a service; an object that a test made by hand may have neither. */
interface Sender {
  readonly name?: string | null;
  readonly uuid?: string | null;
}

/** The members of a payload. A missing member gets its default; a member that is null stays null. */
interface Wire {
  readonly service?: unknown;
  readonly metadata?: unknown;
  readonly data?: unknown;
}

/** What to do with a message that is not in this envelope. */
const CURE =
  "The message is not in the envelope JsonBase. Use messageEnvelope: Json for plain JSON of other systems, or use JsonBase in the sender";

function objectFrom(value: unknown, what: string, text: string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
  throw unreadable(`${what} must be an object, but is ${kind}. ${CURE}: ${excerpt(text)}`);
}

/** The encoding distinguishes a message in this envelope from any other JSON. Python returns null for a missing or unknown encoding. */
function dataOf(encoding: unknown, data: unknown, text: string, { maxDataBytes, maxValues }: JsonBaseOptions): unknown {
  if (encoding === "raw") return data;
  if (encoding === null || encoding === "") {
    throw unreadable(`The payload has no metadata.data_encoding. ${CURE}: ${excerpt(text)}`);
  }
  if (encoding !== "base64_gzip_json") {
    const shown = typeof encoding === "string" ? excerpt(encoding) : `that is a ${typeof encoding}`;
    throw unreadable(`The data_encoding ${shown} is unknown: ${excerpt(text)}`);
  }
  if (typeof data === "string") return readJson(decompress(data, maxDataBytes), "The compressed data", maxValues);
  throw unreadable(
    `Compressed data must be a string, but is ${data === null ? "absent" : typeof data}: ${excerpt(text)}`,
  );
}
