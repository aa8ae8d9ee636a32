/** Field tables as plain objects, and back. Values that JavaScript lacks are written as `{ "!": type, value }`. */
import { ByteReader } from "../../amqp-wire/byte-reader.ts";
import { ByteWriter } from "../../amqp-wire/byte-writer.ts";
import { replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import { decodeText, encodeText } from "../../amqp-wire/escaped-text.ts";
import { type FieldTable, type FieldValue, maxTableDepth, readTable, tooDeep } from "../../amqp-wire/field-table.ts";
import { isTyped, typedProblem, writeTyped } from "./typed-values.ts";

/** The plain object of a table that was read. A number that would not be exact is a bigint. */
export function plainTable(table: FieldTable): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of table) setOwn(plain, name, plainValue(value));
  return plain;
}

/** Reads a table (with its length before it) into a plain object. Throws FrameError when it cannot be read. */
export function readPlainTable(bytes: Buffer): Record<string, unknown> {
  return plainTable(readTable(new ByteReader(bytes, 0, bytes.length, true)));
}

/** Reads one value with its type letter before it. Throws FrameError when it cannot be read. */
export function readPlainValue(bytes: Buffer): unknown {
  const table = Buffer.alloc(5 + bytes.length);
  table.writeUInt32BE(1 + bytes.length);
  bytes.copy(table, 5);
  return readPlainTable(table)[""];
}

/** Arguments of a method; throws FrameError for a value that AMQP cannot carry. */
export function fieldTableOf(plain: Readonly<Record<string, unknown>>): FieldTable {
  const writer = new ByteWriter();
  writePlainTable(writer, plain);
  return readTable(new ByteReader(writer.cut(), 0, undefined, true));
}

/** Writes a plain object as a table, with its length before it; what is undefined is left out. */
export function writePlainTable(writer: ByteWriter, plain: Readonly<Record<string, unknown>>): void {
  writeTableAt(writer, plain, 1);
}

function writeTableAt(writer: ByteWriter, plain: Readonly<Record<string, unknown>>, depth: number): void {
  if (depth > maxTableDepth) throw tooDeep();
  const mark = writer.openLength();
  for (const name of Object.keys(plain)) {
    const value = plain[name];
    if (value === undefined) continue;
    writer.shortString(name);
    writeValue(writer, value, depth);
  }
  writer.fillLength(mark);
}

function writeValue(writer: ByteWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case "string":
      writer.uint8(0x53);
      writer.longString(encodeText(value));
      break;
    case "number":
      writeNumber(writer, value);
      break;
    case "boolean":
      writer.uint8(0x74);
      writer.uint8(value ? 1 : 0);
      break;
    case "bigint":
      if (value !== BigInt.asIntN(64, value)) throw noForm(`the integer ${value}, which takes more than 64 bits`);
      writer.uint8(0x6c);
      writer.uint64(value);
      break;
    case "object":
      writeObject(writer, value, depth);
      break;
    default:
      throw noForm(`a ${typeof value}`);
  }
}

function writeObject(writer: ByteWriter, value: object | null, depth: number): void {
  if (value === null) {
    writer.uint8(0x56);
  } else if (Array.isArray(value)) {
    if (depth >= maxTableDepth) throw tooDeep();
    writer.uint8(0x41);
    const mark = writer.openLength();
    for (const item of value) writeValue(writer, item ?? null, depth + 1);
    writer.fillLength(mark);
  } else if (value instanceof Uint8Array) {
    writer.uint8(0x78);
    writer.longString(value);
  } else if (isTyped(value)) {
    const problem = typedProblem(value);
    if (problem !== undefined) throw noForm(problem);
    writeTyped(writer, value);
  } else {
    writer.uint8(0x46);
    writeTableAt(writer, value as Readonly<Record<string, unknown>>, depth + 1);
  }
}

/** The smallest signed integer that holds it; a number with a fraction, beyond 64 bits, or of minus zero, as a double. */
function writeNumber(writer: ByteWriter, value: number): void {
  if (!Number.isInteger(value) || value >= 2 ** 63 || value < -(2 ** 63) || Object.is(value, -0)) {
    writer.uint8(0x64);
    writer.float64(finite(value));
  } else if (value < 0x80 && value >= -0x80) {
    writer.uint8(0x62);
    writer.uint8(value);
  } else if (value < 0x8000 && value >= -0x8000) {
    writer.uint8(0x73);
    writer.uint16(value);
  } else if (value < 2 ** 31 && value >= -(2 ** 31)) {
    writer.uint8(0x49);
    writer.uint32(value);
  } else {
    writer.uint8(0x6c);
    writer.uint64(value);
  }
}

function plainValue(field: FieldValue): unknown {
  switch (field.type) {
    case "S":
      return decodeText(field.value);
    case "x":
      return Buffer.from(field.value);
    case "A":
      return field.value.map(plainValue);
    case "F":
      return plainTable(field.value);
    case "T":
      return { "!": "timestamp", value: field.value };
    case "D":
      return { "!": "decimal", value: { places: field.scale, digits: field.value } };
    case "V":
      return null;
    default:
      return field.value;
  }
}

/** `__proto__` is a name like any other. */
function setOwn(plain: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(plain, name, { value, enumerable: true, writable: true, configurable: true });
  else plain[name] = value;
}

/** RabbitMQ drops the connection of a client that sends a number that is not finite. */
function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw noForm(`the number ${value}`);
}

function noForm(what: string): FrameError {
  return new FrameError(replyCode.syntaxError, `AMQP cannot carry ${what}`);
}
