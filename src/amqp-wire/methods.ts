/** Methods of AMQP 0-9-1 as objects: their types, and how they are read and written, all from one table. */
import { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { replyCode } from "./constants.ts";
import { FrameError } from "./errors.ts";
import { emptyTable, type FieldTable, readTable, writeTable } from "./field-table.ts";
import { type MethodRow, methodTable, type WireType } from "./method-table.ts";

/** A method by its names in the AMQP text: `queue.declare-ok`. */
export type MethodName = keyof typeof methodTable;

type ValueOf<W extends WireType> = W extends "bit"
  ? boolean
  : W extends "shortstr"
    ? string
    : W extends "longstr"
      ? Buffer
      : W extends "table"
        ? FieldTable
        : number;

type Row<N extends MethodName> = (typeof methodTable)[N][2];

/**
 * The fields of a method, in camelCase, without the reserved ones. Strings take up to 255 bytes of UTF-8. Delivery tags
 * are exact up to 2^53, more than any broker gives out; a larger one comes rounded.
 */
export type MethodFields<N extends MethodName> = {
  readonly [F in keyof Row<N> as F extends `reserved${string}` ? never : F]: Row<N>[F] extends WireType
    ? ValueOf<Row<N>[F]>
    : never;
};

/** Any method, identified by `name`. */
export type Method = { [N in MethodName]: { readonly name: N } & MethodFields<N> }[MethodName];

interface Field {
  readonly name: string;
  readonly type: WireType;
  readonly reserved: boolean;
}

interface Codec {
  readonly name: MethodName;
  readonly classId: number;
  readonly methodId: number;
  readonly fields: readonly Field[];
}

const codecs: readonly Codec[] = Object.entries<MethodRow>(methodTable).map(([name, [classId, methodId, fields]]) => ({
  name: name as MethodName,
  classId,
  methodId,
  fields: Object.entries(fields).map(([field, type]) => ({
    name: field,
    type,
    reserved: field.startsWith("reserved"),
  })),
}));

const byName: ReadonlyMap<MethodName, Codec> = new Map(codecs.map((codec) => [codec.name, codec]));
const byId: ReadonlyMap<number, Codec> = new Map(
  codecs.map((codec) => [codec.classId * 65_536 + codec.methodId, codec]),
);

/** Class basic, method publish: the one that has to be fast. */
const publishId = 60 * 65_536 + 40;

/**
 * Reads the payload of a method frame. Throws FrameError: 503 for an unknown method, 502 for fields that are garbled.
 * `lenient` takes strings that are not UTF-8, as a client must: a broker may cut a reply text inside a character.
 */
export function decodeMethod(payload: Buffer, lenient = false): Method {
  const reader = new ByteReader(payload, 0, payload.length, lenient);
  const id = reader.uint32();
  const method = id === publishId ? readPublish(reader) : readMethod(reader, id);
  if (reader.remaining > 0) {
    throw new FrameError(replyCode.syntaxError, `${reader.remaining} octets after the last field of ${method.name}`);
  }
  return method;
}

function readMethod(reader: ByteReader, id: number): Method {
  const codec = byId.get(id);
  // RabbitMQ drops the connection without a word; 503 is what the protocol has for it.
  if (!codec) throw new FrameError(replyCode.commandInvalid, `unknown method ${id & 0xffff} of class ${id >>> 16}`);
  const method: Record<string, unknown> = { name: codec.name };
  let bits = 0;
  let bitsLeft = 0;
  for (const { name, type, reserved } of codec.fields) {
    let value: unknown;
    if (type === "bit") {
      if (bitsLeft === 0) {
        bits = reader.uint8();
        bitsLeft = 8;
      }
      value = (bits & 1) === 1;
      bits >>= 1;
      bitsLeft--;
    } else {
      bitsLeft = 0;
      value = fieldCodecs[type].read(reader);
    }
    if (!reserved) method[name] = value;
  }
  return method as unknown as Method;
}

/** The same as `readMethod`, in half the time. */
function readPublish(reader: ByteReader): Method {
  reader.uint16();
  const exchange = reader.shortString();
  const routingKey = reader.shortString();
  const bits = reader.uint8();
  return { name: "basic.publish", exchange, routingKey, mandatory: (bits & 1) !== 0, immediate: (bits & 2) !== 0 };
}

/** Writes the payload of a method frame: class id, method id, fields. */
export function encodeMethod(writer: ByteWriter, method: Method): void {
  const codec = byName.get(method.name) as Codec;
  writer.uint16(codec.classId);
  writer.uint16(codec.methodId);
  const values = method as unknown as Readonly<Record<string, unknown>>;
  let bits = 0;
  let bitCount = 0;
  for (const { name, type, reserved } of codec.fields) {
    if (type === "bit") {
      if (!reserved && values[name] === true) bits |= 1 << bitCount;
      bitCount++;
      continue;
    }
    if (bitCount > 0) {
      writer.uint8(bits);
      bits = 0;
      bitCount = 0;
    }
    const codec = fieldCodecs[type];
    codec.write(writer, reserved ? codec.nothing : values[name]);
  }
  if (bitCount > 0) writer.uint8(bits);
}

/** Whether a content header and a body follow the method. */
export function hasContent(name: MethodName): boolean {
  return name === "basic.publish" || name === "basic.deliver" || name === "basic.return" || name === "basic.get-ok";
}

/** The numbers of a method, as `connection.close` and `channel.close` name the one that failed. */
export function methodId(name: MethodName): { readonly classId: number; readonly methodId: number } {
  return byName.get(name) as Codec;
}

interface FieldCodec {
  readonly nothing: unknown;
  read(reader: ByteReader): unknown;
  write(writer: ByteWriter, value: unknown): void;
}

const fieldCodecs: Readonly<Record<Exclude<WireType, "bit">, FieldCodec>> = {
  octet: { nothing: 0, read: (reader) => reader.uint8(), write: (writer, value) => writer.uint8(value as number) },
  short: { nothing: 0, read: (reader) => reader.uint16(), write: (writer, value) => writer.uint16(value as number) },
  long: { nothing: 0, read: (reader) => reader.uint32(), write: (writer, value) => writer.uint32(value as number) },
  longlong: {
    nothing: 0,
    read: (reader) => Number(reader.uint64()),
    write: (writer, value) => writer.uint64(value as number),
  },
  shortstr: {
    nothing: "",
    read: (reader) => reader.shortString(),
    write: (writer, value) => writer.shortString(value as string),
  },
  longstr: {
    nothing: Buffer.alloc(0),
    read: (reader) => reader.longString(),
    write: (writer, value) => writer.longString(value as Buffer),
  },
  table: { nothing: emptyTable, read: readTable, write: (writer, value) => writeTable(writer, value as FieldTable) },
};
