/** ProtobufBase: the envelope `tomodachi-protobuf-base--1.0.0`, shared with Python services. */

import { randomUUID } from "node:crypto";
import type { BuiltPayload, Envelope, MessageSource, ParsedMessage } from "../../service/envelope.ts";
import { ConfigurationError } from "../../service/errors.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { isPromise } from "../../util/is-promise.ts";
import { fromBase64 } from "../base64.ts";
import { checkDataLimits, checkPayloadSize, type DataLimitOptions } from "../data-limit.ts";
import { unreadable } from "../errors.ts";
import { decodeData, emptyMessage, encodeData } from "./message-data.ts";
import type { MessageType } from "./message-type.ts";
import { checkProtoClass, type ProtoClass, typeFor, typeOf } from "./proto-class.ts";
import { type MetadataFields, readSnsSqsMessage, type SenderFields, writeSnsSqsMessage } from "./sns-sqs-message.ts";

const PROTOCOL_VERSION = "tomodachi-protobuf-base--1.0.0";

/** A message as a handler finds it in `context.message`. Fields that the sender omitted are empty strings or 0. */
export interface ProtobufBaseMessage<Data = unknown> {
  /** The service that sent the message. */
  readonly service: SenderFields;
  /** What the envelope says about the message. The names are those on the wire. */
  readonly metadata: MetadataFields;
  /** The message, of the type `protoClass`. Bytes if the sender used the encoding `raw`, or if there is no `protoClass`. */
  readonly data: Data;
}

/** Options that a decorator accepts with `messageEnvelope: ProtobufBase`. */
export interface ProtobufBaseOptions extends DataLimitOptions {
  /** The type of the messages that the handler takes. Every handler needs it: the start fails without it. */
  readonly protoClass?: ProtoClass | undefined;
  /**
   * Called with each message. If it throws or rejects, the message is dead-lettered. For `raw` bytes it gets an empty message, as in
   * Python.
   * @default none
   */
  validator?(message: unknown): unknown;
}

/** Options that a publish accepts with this envelope. */
export interface ProtobufPublishOptions {
  /** The type of the published message. @default the type that the message carries, as protobufjs messages do */
  readonly protoClass?: ProtoClass | undefined;
}

interface ProtobufEnvelope extends Envelope<ProtobufBaseMessage, ProtobufBaseOptions> {
  buildMessage(service: ServiceInstance, topic: string, data: unknown, options: ProtobufPublishOptions): BuiltPayload;
}

/** The protobuf envelope that Python tomodachi also uses. docs/decisions/0031 says how the library of a `protoClass` is recognised. */
export const ProtobufBase: ProtobufEnvelope = {
  optionNames: ["protoClass", "validator", "maxPayloadBytes", "maxDataBytes", "maxValues"],

  validate(options: ProtobufBaseOptions): void {
    checkProtoClass(options.protoClass);
    const validator: unknown = options.validator;
    if (validator !== undefined && typeof validator !== "function") {
      throw new ConfigurationError(
        `validator must be a function, but is ${validator === null ? "null" : typeof validator}.`,
      );
    }
    checkDataLimits(options);
  },

  buildMessage(service: Sender, topic: string, data: unknown, options: ProtobufPublishOptions): BuiltPayload {
    const { encoding, bytes } = encodeData(typeFor(data, options.protoClass), data as object);
    const now = Date.now() / 1000;
    const name = String(service.name ?? "");
    const uuid = String(service.uuid ?? "");
    const metadata: MetadataFields = {
      message_uuid: `${uuid}.${randomUUID()}`,
      protocol_version: PROTOCOL_VERSION,
      timestamp: now,
      topic,
      data_encoding: encoding,
    };
    const message = writeSnsSqsMessage({ service: { name, uuid }, metadata }, bytes);
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
    const seen = !type ? null : metadata.data_encoding === "raw" ? emptyMessage(type) : data;
    const answer = options.validator(seen);
    return isPromise(answer) ? Promise.resolve(answer).then(() => parsed) : parsed;
  },
};

/** The name and uuid of a service; an object that a test made by hand may have neither. */
interface Sender {
  readonly name?: string | null;
  readonly uuid?: string | null;
}

/** The body is empty, or protobuf of another system. Python would make an empty message of it. */
const FOREIGN =
  "The payload has no metadata.data_encoding, so it is not in the envelope ProtobufBase. Use RawBytes and decode it in the handler, or use ProtobufBase in the sender.";

/** The message, or its bytes unchanged if the sender used the encoding `raw`. */
function readData(
  type: MessageType,
  { data, metadata }: ReturnType<typeof readSnsSqsMessage>,
  limits: ProtobufBaseOptions,
): unknown {
  if (metadata.data_encoding === "raw") return data;
  return decodeData(type, { encoding: metadata.data_encoding, bytes: data }, limits);
}
