/** ProtobufBase: the envelope `tomodachi-protobuf-base--1.0.0`, shared with Python services. */

import { randomUUID } from "node:crypto";
import { deflateSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import type { BuiltPayload, Envelope, MessageSource, ParsedMessage } from "../../service/envelope.ts";
import { ConfigurationError } from "../../service/errors.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { isPromise } from "../../util/is-promise.ts";
import { fromBase64 } from "../base64.ts";
import { inflate } from "../compression.ts";
import {
  checkDataLimits,
  checkPayloadSize,
  type DataLimitOptions,
  DEFAULT_MAX_VALUES,
  tooManyValues,
} from "../data-limit.ts";
import { EnvelopeError, excerpt, unreadable } from "../errors.ts";
import { countValues } from "./count-values.ts";
import { type MessageType, misfit, nameOfType } from "./message-type.ts";
import { checkProtoClass, type ProtoClass, typeFor, typeOf } from "./proto-class.ts";
import { type MetadataFields, readSnsSqsMessage, type SenderFields, writeSnsSqsMessage } from "./sns-sqs-message.ts";

const PROTOCOL_VERSION = "tomodachi-protobuf-base--1.0.0";

/** Data is compressed above this many bytes. */
const COMPRESSION_THRESHOLD = 60_000;

/** A message as handlers find it in `context.message`. What the sender left out is empty, or 0. */
export interface ProtobufBaseMessage<Data = unknown> {
  readonly service: SenderFields;
  readonly metadata: MetadataFields;
  /** A message of `protoClass`; bytes where the sender said `raw`, or where there is no `protoClass`. */
  readonly data: Data;
}

/** What a decorator says beside `messageEnvelope: ProtobufBase`. */
export interface ProtobufBaseOptions extends DataLimitOptions {
  /** The messages that the handler takes. Needed on every handler: the start fails without it. */
  readonly protoClass?: ProtoClass | undefined;
  /**
   * Called with each message; throwing, or rejecting, dead-letters it. Data sent as `raw` bytes is not looked into: then, as
   * in Python, it sees an empty message.
   * @default none
   */
  validator?(message: unknown): unknown;
}

/** What a publish says. */
export interface ProtobufPublishOptions {
  /** The schema or class of what is published. @default the one the message brings along, as those of protobufjs do */
  readonly protoClass?: ProtoClass | undefined;
}

interface ProtobufEnvelope extends Envelope<ProtobufBaseMessage, ProtobufBaseOptions> {
  buildMessage(service: ServiceInstance, topic: string, data: unknown, options: ProtobufPublishOptions): BuiltPayload;
}

/** The protobuf envelope. `protoClass` is told apart by its form: docs/decisions/0031. */
export const ProtobufBase: ProtobufEnvelope = {
  optionNames: ["protoClass", "validator", "maxPayloadBytes", "maxDataBytes", "maxValues"],

  validate(options: ProtobufBaseOptions): void {
    checkProtoClass(options.protoClass);
    const validator: unknown = options.validator;
    if (validator !== undefined && typeof validator !== "function") {
      throw new ConfigurationError(
        `validator must be a function and is ${validator === null ? "null" : typeof validator}.`,
      );
    }
    checkDataLimits(options);
  },

  buildMessage(service: Sender, topic: string, data: unknown, options: ProtobufPublishOptions): BuiltPayload {
    const bytes = encode(typeFor(data, options.protoClass), data as object);
    const isLarge = bytes.length > COMPRESSION_THRESHOLD;
    const now = Date.now() / 1000;
    const name = String(service.name ?? "");
    const uuid = String(service.uuid ?? "");
    const metadata: MetadataFields = {
      message_uuid: `${uuid}.${randomUUID()}`,
      protocol_version: PROTOCOL_VERSION,
      timestamp: now,
      topic,
      data_encoding: isLarge ? "gzip_proto" : "proto",
    };
    const message = writeSnsSqsMessage({ service: { name, uuid }, metadata }, isLarge ? deflateSync(bytes) : bytes);
    return { payload: message.toString("base64"), messageUuid: metadata.message_uuid, timestamp: Math.floor(now) };
  },

  parseMessage(
    payload: Buffer,
    options: ProtobufBaseOptions,
    _source?: MessageSource,
  ): ParsedMessage<ProtobufBaseMessage> | Promise<ParsedMessage<ProtobufBaseMessage>> {
    checkPayloadSize(payload, options);
    const envelope = readSnsSqsMessage(fromBase64(payload.toString("latin1"), "The payload"));
    const { service, metadata } = envelope;
    if (metadata.data_encoding === "") throw unreadable(FOREIGN);
    const type = typeOf(options.protoClass);
    const data = type ? readData(type, envelope, options) : envelope.data;
    const parsed: ParsedMessage<ProtobufBaseMessage> = {
      message: { service, metadata, data },
      messageUuid: metadata.message_uuid === "" ? undefined : metadata.message_uuid,
      timestamp: metadata.timestamp,
    };
    if (options.validator === undefined) return parsed;
    const seen = !type ? null : metadata.data_encoding === "raw" ? decode(type, NOTHING) : data;
    const answer = options.validator(seen);
    return isPromise(answer) ? Promise.resolve(answer).then(() => parsed) : parsed;
  },
};

/** A service's name and uuid, either of which a hand-made one may lack. */
interface Sender {
  readonly name?: string | null;
  readonly uuid?: string | null;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** An empty body, or protobuf of another system. Python makes an empty message of it. */
const FOREIGN =
  "The payload has no metadata.data_encoding, so it is not in the envelope ProtobufBase. Use RawBytes and decode it in the handler, or have the sender use ProtobufBase.";

/** The message, or its bytes as they are where the sender said `raw`. */
function readData(
  type: MessageType,
  { data, metadata }: ReturnType<typeof readSnsSqsMessage>,
  { maxDataBytes, maxValues = DEFAULT_MAX_VALUES }: ProtobufBaseOptions,
): unknown {
  if (metadata.data_encoding === "raw") return data;
  const bytes = unpacked(data, metadata.data_encoding, maxDataBytes);
  // A value takes a byte at least.
  if (bytes.length > maxValues) {
    const values = countValues(bytes, maxValues, (probe) => type.library.decode(type.protoClass, probe));
    if (values > maxValues) throw tooManyValues(`The data (${bytes.length} bytes)`, maxValues);
  }
  return decode(type, bytes);
}

/** Every encoding that Python reads. Unlike there, one that nobody knows is an error, and not an empty message. */
function unpacked(data: Buffer, encoding: string, maxDataBytes: number | undefined): Buffer {
  switch (encoding) {
    case "proto":
      return data;
    case "gzip_proto":
      return inflate(data, maxDataBytes);
    case "base64":
      return fromBase64(data.toString("latin1"), "The data");
    case "base64_gzip_proto":
      return inflate(fromBase64(data.toString("latin1"), "The data"), maxDataBytes);
    default:
      throw unreadable(`A data_encoding ${excerpt(encoding)} is not known.`);
  }
}

function encode(type: MessageType, data: object): Uint8Array {
  try {
    return type.library.encode(type.protoClass, data);
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof ConfigurationError) throw error;
    throw misfit(nameOfType(type), messageOf(error), error);
  }
}

function decode(type: MessageType, bytes: Buffer): unknown {
  try {
    return type.library.decode(type.protoClass, bytes);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const what = `The data (${bytes.length} bytes) cannot be read as "${nameOfType(type)}"`;
    throw unreadable(`${what}: ${messageOf(error)}`, error);
  }
}
