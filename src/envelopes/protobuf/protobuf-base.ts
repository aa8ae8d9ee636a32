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

/** A message as handlers find it in `context.message`. What the sender left out is empty, or 0. */
export interface ProtobufBaseMessage<Data = unknown> {
  readonly service: SenderFields;
  readonly metadata: MetadataFields;
  /** A message of `protoClass`; bytes if the sender said `raw`, or if there is no `protoClass`. */
  readonly data: Data;
}

/** Options of a decorator beside `messageEnvelope: ProtobufBase`. */
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

/** The options of a publish. */
export interface ProtobufPublishOptions {
  /** The schema or class of what is published. @default the one the message brings along, as those of protobufjs do */
  readonly protoClass?: ProtoClass | undefined;
}

interface ProtobufEnvelope extends Envelope<ProtobufBaseMessage, ProtobufBaseOptions> {
  buildMessage(service: ServiceInstance, topic: string, data: unknown, options: ProtobufPublishOptions): BuiltPayload;
}

/** The protobuf envelope. `protoClass` is recognised by its form: docs/decisions/0031. */
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

/** A service's name and uuid, either of which a hand-made one may lack. */
interface Sender {
  readonly name?: string | null;
  readonly uuid?: string | null;
}

/** An empty body, or protobuf of another system. Python makes an empty message of it. */
const FOREIGN =
  "The payload has no metadata.data_encoding, so it is not in the envelope ProtobufBase. Use RawBytes and decode it in the handler, or use ProtobufBase in the sender.";

/** The message, or its bytes unchanged if the sender said `raw`. */
function readData(
  type: MessageType,
  { data, metadata }: ReturnType<typeof readSnsSqsMessage>,
  limits: ProtobufBaseOptions,
): unknown {
  if (metadata.data_encoding === "raw") return data;
  return decodeData(type, { encoding: metadata.data_encoding, bytes: data }, limits);
}
