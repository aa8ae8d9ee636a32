/**
 * Field tables: names with typed values, in arguments, capabilities and headers. The types and their letters are RabbitMQ's,
 * which are not those of the AMQP 0-9-1 text (RabbitMQ's errata, "field types").
 */
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { replyCode } from "./constants.ts";
import { FrameError } from "./errors.ts";

/**
 * One value, with the letter it has on the wire: t boolean; b B s u I i l signed and unsigned integers of 8, 16, 32 and 64
 * bits (capital B, small u and i unsigned); f d floats; D decimal (`value` divided by 10 to the power of `scale`); S text or
 * other bytes; x bytes; T seconds since 1970; A list; F table; V nothing.
 */
export type FieldValue =
  | { readonly type: "t"; readonly value: boolean }
  | { readonly type: "b" | "B" | "s" | "u" | "I" | "i" | "f" | "d"; readonly value: number }
  /** A bigint only where a number would not be exact. */
  | { readonly type: "l" | "T"; readonly value: number | bigint }
  | { readonly type: "D"; readonly scale: number; readonly value: number }
  | { readonly type: "S" | "x"; readonly value: Buffer }
  | { readonly type: "A"; readonly value: readonly FieldValue[] }
  | { readonly type: "F"; readonly value: FieldTable }
  | { readonly type: "V" };

/** Values by name, in the order of the wire. */
export type FieldTable = ReadonlyMap<string, FieldValue>;

/** The table without entries. */
export const emptyTable: ReadonlyMap<string, FieldValue> = new Map();

/** Tables and lists within each other; RabbitMQ has no such limit, but nothing honest comes near it. */
export const maxTableDepth = 64;

/** Reads a table behind its length. Of repeated names the last wins. Buffers in it are views. */
export function readTable(reader: ByteReader): FieldTable {
  return readTableAt(reader, 1);
}

/** Writes a table with its length before it. */
export function writeTable(writer: ByteWriter, table: FieldTable): void {
  const mark = writer.openLength();
  for (const [name, value] of table) {
    writer.shortString(name);
    writeValue(writer, value);
  }
  writer.fillLength(mark);
}

/** A string as a field value; a broker's own strings are long strings. */
export function longString(text: string): FieldValue {
  return { type: "S", value: Buffer.from(text, "utf8") };
}

/** The text of a long string; undefined for every other type. */
export function fieldText(value: FieldValue | undefined): string | undefined {
  return value?.type === "S" ? value.value.toString("utf8") : undefined;
}

/** The value of any integer type; undefined for every other type. */
export function fieldInteger(value: FieldValue | undefined): number | bigint | undefined {
  switch (value?.type) {
    case "b":
    case "B":
    case "s":
    case "u":
    case "I":
    case "i":
    case "l":
      return value.value;
    default:
      return undefined;
  }
}

/** A table for people and logs: long strings become text, nothing becomes null, other bytes stay Buffers. */
export function tableAsObject(table: FieldTable): Record<string, unknown> {
  // A table may have any name, also "__proto__".
  const plain: Record<string, unknown> = Object.create(null);
  for (const [name, value] of table) plain[name] = plainValue(value);
  return plain;
}

/** The error of tables within tables without end. */
export function tooDeep(): FrameError {
  return new FrameError(replyCode.syntaxError, `a field table is nested deeper than ${maxTableDepth} levels`);
}

/** The error of a type letter that RabbitMQ does not read either. */
export function unknownType(letter: number): FrameError {
  return new FrameError(replyCode.syntaxError, `unknown type ${letter} of a field table's value`);
}

function readTableAt(reader: ByteReader, depth: number): FieldTable {
  const size = reader.uint32();
  if (size === 0) return emptyTable;
  if (depth > maxTableDepth) throw tooDeep();
  const section = reader.section(size);
  const table = new Map<string, FieldValue>();
  while (section.remaining > 0) {
    const name = section.shortString();
    table.set(name, readValue(section, depth));
  }
  return table;
}

function readList(reader: ByteReader, depth: number): readonly FieldValue[] {
  if (depth > maxTableDepth) throw tooDeep();
  const section = reader.section(reader.uint32());
  const list: FieldValue[] = [];
  while (section.remaining > 0) list.push(readValue(section, depth));
  return list;
}

function readValue(reader: ByteReader, depth: number): FieldValue {
  const letter = reader.uint8();
  switch (letter) {
    case 0x53:
      return { type: "S", value: reader.longString() };
    case 0x49:
      return { type: "I", value: reader.int32() };
    case 0x74:
      return { type: "t", value: reader.uint8() !== 0 };
    // RabbitMQ takes both letters, and writes the small one.
    case 0x4c:
    case 0x6c:
      return { type: "l", value: reader.int64() };
    case 0x62:
      return { type: "b", value: reader.int8() };
    case 0x42:
      return { type: "B", value: reader.uint8() };
    case 0x73:
      return { type: "s", value: reader.int16() };
    case 0x75:
      return { type: "u", value: reader.uint16() };
    case 0x69:
      return { type: "i", value: reader.uint32() };
    case 0x66:
      return { type: "f", value: finite(reader, reader.float32()) };
    case 0x64:
      return { type: "d", value: finite(reader, reader.float64()) };
    case 0x44:
      return { type: "D", scale: reader.uint8(), value: reader.uint32() };
    case 0x54:
      return { type: "T", value: reader.uint64() };
    case 0x41:
      return { type: "A", value: readList(reader, depth + 1) };
    case 0x46:
      return { type: "F", value: readTableAt(reader, depth + 1) };
    case 0x56:
      return { type: "V" };
    case 0x78:
      return { type: "x", value: reader.longString() };
    default:
      throw unknownType(letter);
  }
}

/** RabbitMQ cannot read a number that is not finite, and a NaN would not keep its bits here. */
function finite({ lenient }: ByteReader, value: number): number {
  if (lenient || Number.isFinite(value)) return value;
  throw new FrameError(replyCode.syntaxError, "a field table holds a float that is not finite");
}

function writeValue(writer: ByteWriter, field: FieldValue): void {
  writer.uint8(field.type.charCodeAt(0));
  switch (field.type) {
    case "t":
      writer.uint8(field.value ? 1 : 0);
      break;
    case "b":
    case "B":
      writer.uint8(field.value);
      break;
    case "s":
    case "u":
      writer.uint16(field.value);
      break;
    case "I":
    case "i":
      writer.uint32(field.value);
      break;
    case "f":
      writer.float32(field.value);
      break;
    case "d":
      writer.float64(field.value);
      break;
    case "l":
    case "T":
      writer.uint64(field.value);
      break;
    case "D":
      writer.uint8(field.scale);
      writer.uint32(field.value);
      break;
    case "S":
    case "x":
      writer.longString(field.value);
      break;
    case "A":
      writeList(writer, field.value);
      break;
    case "F":
      writeTable(writer, field.value);
      break;
    case "V":
      break;
  }
}

function writeList(writer: ByteWriter, list: readonly FieldValue[]): void {
  const mark = writer.openLength();
  for (const value of list) writeValue(writer, value);
  writer.fillLength(mark);
}

function plainValue(field: FieldValue): unknown {
  switch (field.type) {
    case "S":
      return field.value.toString("utf8");
    case "A":
      return field.value.map(plainValue);
    case "F":
      return tableAsObject(field.value);
    case "D":
      return field.value / 10 ** field.scale;
    case "V":
      return null;
    default:
      return field.value;
  }
}
