/** The data of a message: encoded, and compressed if it is large; and decoded from every encoding that Python writes. */
import { deflateSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { ConfigurationError } from "../../service/errors.ts";
import { fromBase64 } from "../base64.ts";
import { inflate } from "../compression.ts";
import { type DataLimitOptions, DEFAULT_MAX_VALUES, tooManyValues } from "../data-limit.ts";
import { EnvelopeError, excerpt, unreadable } from "../errors.ts";
import { countValues } from "./count-values.ts";
import { type MessageType, misfit, nameOfType } from "./message-type.ts";

/** Data with more bytes than this is compressed. */
const COMPRESSION_THRESHOLD = 60_000;

/** The data, ready for an envelope. */
export interface EncodedData {
  readonly encoding: string;
  readonly bytes: Uint8Array;
}

/** @throws EnvelopeError ERR_ENVELOPE_UNBUILDABLE for data that is not such a message */
export function encodeData(type: MessageType, data: object): EncodedData {
  const bytes = encode(type, data);
  if (bytes.length <= COMPRESSION_THRESHOLD) return { encoding: "proto", bytes };
  return { encoding: "gzip_proto", bytes: deflateSync(bytes) };
}

/**
 * Reads a message of the type.
 * @throws EnvelopeError ERR_ENVELOPE_UNREADABLE, also if the data is larger than the limits allow
 */
export function decodeData(
  type: MessageType,
  { encoding, bytes: encoded }: EncodedData & { readonly bytes: Buffer },
  { maxDataBytes, maxValues = DEFAULT_MAX_VALUES }: DataLimitOptions,
): unknown {
  const bytes = unpacked(encoded, encoding, maxDataBytes);
  // A value takes at least one byte.
  if (bytes.length > maxValues) {
    const values = countValues(bytes, maxValues, (probe) => type.library.decode(type.protoClass, probe));
    if (values > maxValues) throw tooManyValues(`The data (${bytes.length} bytes)`, maxValues);
  }
  return decode(type, bytes);
}

/** A message of the type without any content. */
export function emptyMessage(type: MessageType): unknown {
  return decode(type, Buffer.alloc(0));
}

/** Unlike in Python, an unknown encoding is an error, not an empty message. */
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
      throw unreadable(`The data_encoding ${excerpt(encoding)} is unknown.`);
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
