/** `proto.SNSSQSMessage`, the message in which ProtobufBase wraps data, written and read without a library. */
import { WireReader } from "./wire-reader.ts";
import { doubleField, lengthField, textField } from "./wire-writer.ts";

/** A field that proto3 omits is an empty string, 0, or no bytes. */
export interface SnsSqsMessage {
  readonly service: SenderFields;
  readonly metadata: MetadataFields;
  readonly data: Buffer;
}

export interface SenderFields {
  readonly name: string;
  readonly uuid: string;
}

/** The names are those of the schema; handlers see them too. */
export interface MetadataFields {
  readonly message_uuid: string;
  readonly protocol_version: string;
  /** When it was sent, in seconds since 1970. */
  readonly timestamp: number;
  readonly topic: string;
  readonly data_encoding: string;
}

/** Writes the same bytes as Python's library: the fields in the order of their numbers. */
export function writeSnsSqsMessage(
  { service, metadata }: Pick<SnsSqsMessage, "service" | "metadata">,
  data: Uint8Array,
): Buffer {
  const sender = Buffer.concat([...textField(1, service.name), ...textField(2, service.uuid)]);
  const about = Buffer.concat([
    ...textField(1, metadata.message_uuid),
    ...textField(2, metadata.protocol_version),
    ...doubleField(3, metadata.timestamp),
    ...textField(4, metadata.topic),
    ...textField(5, metadata.data_encoding),
  ]);
  const body = data.length === 0 ? [] : lengthField(3, data);
  return Buffer.concat([...lengthField(1, sender), ...lengthField(2, about), ...body]);
}

/** Reads the bytes. Unknown fields are ignored, and the last value of a repeated field is used. */
export function readSnsSqsMessage(bytes: Buffer): SnsSqsMessage {
  const service = { name: "", uuid: "" };
  const metadata = { message_uuid: "", protocol_version: "", timestamp: 0, topic: "", data_encoding: "" };
  let data: Buffer = Buffer.alloc(0);
  const reader = new WireReader(bytes);
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) readService(reader.bytes(), service);
    else if (number === 2) readMetadata(reader.bytes(), metadata);
    else if (number === 3) data = reader.bytes() ?? data;
    else reader.skip();
  }
  return { service, metadata, data };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function readService(bytes: Buffer | undefined, service: Writable<SenderFields>): void {
  if (bytes === undefined) return;
  const reader = new WireReader(bytes);
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) service.name = reader.text() ?? service.name;
    else if (number === 2) service.uuid = reader.text() ?? service.uuid;
    else reader.skip();
  }
}

function readMetadata(bytes: Buffer | undefined, metadata: Writable<MetadataFields>): void {
  if (bytes === undefined) return;
  const reader = new WireReader(bytes);
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) metadata.message_uuid = reader.text() ?? metadata.message_uuid;
    else if (number === 2) metadata.protocol_version = reader.text() ?? metadata.protocol_version;
    else if (number === 3) metadata.timestamp = reader.double() ?? metadata.timestamp;
    else if (number === 4) metadata.topic = reader.text() ?? metadata.topic;
    else if (number === 5) metadata.data_encoding = reader.text() ?? metadata.data_encoding;
    else reader.skip();
  }
}
