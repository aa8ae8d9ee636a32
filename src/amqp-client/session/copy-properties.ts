/** Properties of a copy: our headers inserted into the original table, everything else byte for byte. */
import { ByteReader } from "../../amqp-wire/byte-reader.ts";
import { ByteWriter } from "../../amqp-wire/byte-writer.ts";
import { textOctets } from "../../amqp-wire/escaped-text.ts";
import { moreFlags, propertyFlag } from "../../amqp-wire/properties.ts";
import { writePlainTable } from "./plain-table.ts";

/** One header of a message: its name, and its value with the type letter before it, as a view. */
export interface HeaderEntry {
  readonly name: string;
  readonly value: Buffer;
}

export interface HeaderEntries {
  readonly entries: readonly HeaderEntry[];
  /** false: the bytes after the last entry cannot be read, and their length is unknown. */
  readonly complete: boolean;
}

export interface CopyChanges {
  /** Headers of the original that the copy keeps, under these names. */
  readonly keep: readonly HeaderEntry[];
  /** Headers that are added; none of them may be among the kept ones. */
  readonly add: Readonly<Record<string, unknown>>;
}

/** Cuts the header table into its entries without reading their values. Never throws. */
export function readHeaderEntries(properties: Buffer): HeaderEntries {
  const entries: HeaderEntry[] = [];
  try {
    const table = headerTable(properties);
    if (!table) return { entries, complete: true };
    const reader = new ByteReader(table, 0, table.length, true);
    const section = reader.section(reader.uint32());
    while (section.remaining > 0) {
      const name = section.shortString();
      const start = section.position;
      if (!skipValue(section)) return { entries, complete: false };
      entries.push({ name, value: table.subarray(start, section.position) });
    }
    return { entries, complete: true };
  } catch {
    return { entries, complete: false };
  }
}

/**
 * The properties of a persistent copy. Left out are `expiration`, `user-id` and `cluster-id`, which would expire the copy or
 * have it refused. Where the original's own properties cannot be read the copy has none but these headers.
 */
export function copyProperties(properties: Buffer, { keep, add }: CopyChanges): Buffer {
  const writer = new ByteWriter(1024);
  const fields = fieldsOf(properties);
  let flags: number = propertyFlag.headers | propertyFlag.deliveryMode;
  for (const { flag } of fields) flags |= flag;
  writer.uint16(flags);
  for (const { flag, octets } of fields) if (flag > propertyFlag.headers) writer.bytes(octets);
  writeHeaders(writer, keep, add);
  writer.uint8(2);
  for (const { flag, octets } of fields) if (flag < propertyFlag.deliveryMode) writer.bytes(octets);
  return writer.cut();
}

/** Whether a header may have this name: a short string takes 255 bytes (AMQP 0-9-1, 4.2.5.3). */
export function isHeaderName(name: string): boolean {
  return textOctets(name) <= 255;
}

function writeHeaders(writer: ByteWriter, keep: readonly HeaderEntry[], add: Readonly<Record<string, unknown>>): void {
  const mark = writer.openLength();
  for (const { name, value } of keep) {
    writer.shortString(name);
    writer.bytes(value);
  }
  const added = new ByteWriter(1024);
  writePlainTable(added, add);
  writer.bytes(added.cut().subarray(4));
  writer.fillLength(mark);
}

interface Field {
  readonly flag: number;
  readonly octets: Buffer;
}

type Skip = (reader: ByteReader) => void;

const shortString: Skip = (reader) => reader.bytes(reader.uint8());
const longString: Skip = (reader) => reader.longString();

/** Flags from the first on the wire to the last, and how to get behind each property. */
const layout: readonly (readonly [flag: number, skip: Skip, kept: boolean])[] = [
  [propertyFlag.contentType, shortString, true],
  [propertyFlag.contentEncoding, shortString, true],
  [propertyFlag.headers, longString, false],
  [propertyFlag.deliveryMode, (reader) => reader.uint8(), false],
  [propertyFlag.priority, (reader) => reader.uint8(), true],
  [propertyFlag.correlationId, shortString, true],
  [propertyFlag.replyTo, shortString, true],
  [propertyFlag.expiration, shortString, false],
  [propertyFlag.messageId, shortString, true],
  [propertyFlag.timestamp, (reader) => reader.bytes(8), true],
  [propertyFlag.type, shortString, true],
  [propertyFlag.userId, shortString, false],
  [propertyFlag.appId, shortString, true],
];

function fieldsOf(properties: Buffer): readonly Field[] {
  const fields: Field[] = [];
  try {
    const reader = new ByteReader(properties);
    const flags = reader.uint16();
    if (flags & moreFlags) return [];
    for (const [flag, skip, kept] of layout) {
      if (!(flags & flag)) continue;
      const start = reader.position;
      skip(reader);
      if (kept) fields.push({ flag, octets: properties.subarray(start, reader.position) });
    }
    return fields;
  } catch {
    return [];
  }
}

function headerTable(properties: Buffer): Buffer | undefined {
  const reader = new ByteReader(properties);
  const flags = reader.uint16();
  if (!(flags & propertyFlag.headers)) return undefined;
  for (const [flag, skip] of layout) {
    const start = reader.position;
    if (flags & flag) skip(reader);
    if (flag === propertyFlag.headers) return properties.subarray(start, reader.position);
  }
  return undefined;
}

/** Bytes of a value behind its letter; what is missing has its length before it. */
const sizes: Readonly<Record<string, number>> = {
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  u: 2,
  I: 4,
  i: 4,
  f: 4,
  D: 5,
  d: 8,
  l: 8,
  L: 8,
  T: 8,
  V: 0,
};

function skipValue(reader: ByteReader): boolean {
  const letter = String.fromCharCode(reader.uint8());
  const size = sizes[letter];
  if (size !== undefined) reader.bytes(size);
  else if (letter === "S" || letter === "x" || letter === "A" || letter === "F") reader.longString();
  else return false;
  return true;
}
