// AMQP's methods and properties as bytes, by amqplib's codec: the embedded broker's own would hide its mistakes here.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export type Fields = Readonly<Record<string, unknown>>;

/** What amqplib calls a method: "ExchangeDeclareOk". */
export type RawMethodName = string;

interface Definitions {
  /** Method ids by name: `ConnectionStart`. */
  readonly [name: string]: unknown;
  encodeMethod(id: number, channel: number, fields: Fields): Buffer;
  encodeProperties(id: number, channel: number, size: number, fields: Fields): Buffer;
  decode(id: number, bytes: Buffer): Fields;
  info(id: number): { readonly name: string };
}

const require = createRequire(import.meta.url);
// The package exports its face only.
const definitions = require(join(dirname(require.resolve("amqplib")), "lib/defs.js")) as Definitions;

const basicProperties = 60;
const frameOverhead = 8;

export const protocolHeader: Buffer = Buffer.from("AMQP\0\0\x09\x01", "latin1");
export const heartbeatFrame: Buffer = frame(8, 0, Buffer.alloc(0));

/** One frame with any content. */
export function frame(type: number, channel: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(payload.length + frameOverhead);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt16BE(channel, 1);
  bytes.writeUInt32BE(payload.length, 3);
  payload.copy(bytes, 7);
  bytes.writeUInt8(0xce, bytes.length - 1);
  return bytes;
}

/** The frame of a method. Fields that amqplib has a default for may be missing. */
export function methodFrame(channel: number, name: RawMethodName, fields: Fields = {}): Buffer {
  return definitions.encodeMethod(methodId(name), channel, fields);
}

/** The content header of a message. */
export function headerFrame(channel: number, bodySize: number, properties: Fields = {}): Buffer {
  return definitions.encodeProperties(basicProperties, channel, bodySize, properties);
}

export function bodyFrame(channel: number, body: Buffer): Buffer {
  return frame(3, channel, body);
}

/** One frame that a broker sent, read. */
export type RawFrame =
  | { readonly kind: "method"; readonly channel: number; readonly name: RawMethodName; readonly fields: Fields }
  | {
      readonly kind: "header";
      readonly channel: number;
      readonly bodySize: number;
      readonly properties: Fields;
      /** All of it as it came: class, weight, size, flags, properties. */
      readonly payload: Buffer;
    }
  | { readonly kind: "body"; readonly channel: number; readonly body: Buffer }
  | { readonly kind: "heartbeat"; readonly channel: number };

/** Reads a frame's payload. */
export function readFrame(type: number, channel: number, payload: Buffer): RawFrame {
  switch (type) {
    case 1: {
      const id = payload.readUInt32BE(0);
      const { name } = definitions.info(id);
      return { kind: "method", channel, name, fields: definitions.decode(id, payload.subarray(4)) };
    }
    case 2: {
      const properties = definitions.decode(payload.readUInt16BE(0), payload.subarray(12));
      return { kind: "header", channel, bodySize: Number(payload.readBigUInt64BE(4)), properties, payload };
    }
    case 3:
      return { kind: "body", channel, body: payload };
    case 8:
      return { kind: "heartbeat", channel };
    default:
      throw new Error(`A frame of type ${type} came.`);
  }
}

function methodId(name: RawMethodName): number {
  const id = definitions[name];
  if (typeof id !== "number") throw new Error(`amqplib knows no method ${name}.`);
  return id;
}
