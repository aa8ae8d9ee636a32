/** Field tables of every type in both directions, and bytes that are not a field table. */
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import {
  type FieldTable,
  type FieldValue,
  fieldInteger,
  fieldText,
  longString,
  maxTableDepth,
  readTable,
  tableAsObject,
  writeTable,
} from "./field-table.ts";
import { skipTable } from "./skip-table.ts";

const everyType: FieldTable = new Map<string, FieldValue>([
  ["t", { type: "t", value: true }],
  ["b", { type: "b", value: -128 }],
  ["B", { type: "B", value: 255 }],
  ["s", { type: "s", value: -32_768 }],
  ["u", { type: "u", value: 65_535 }],
  ["I", { type: "I", value: -2_147_483_648 }],
  ["i", { type: "i", value: 4_294_967_295 }],
  ["l", { type: "l", value: -(2n ** 63n) }],
  ["l, small", { type: "l", value: -5 }],
  ["f", { type: "f", value: -1.5 }],
  ["d", { type: "d", value: 1e300 }],
  ["D", { type: "D", scale: 2, value: 314 }],
  ["S", longString("grüße")],
  ["A", { type: "A", value: [{ type: "V" }, { type: "A", value: [] }, longString("x")] }],
  ["T", { type: "T", value: 1_700_000_000 }],
  ["T, late", { type: "T", value: 2n ** 64n - 1n }],
  ["F", { type: "F", value: new Map([["inner", { type: "F", value: new Map() }]]) }],
  ["V", { type: "V" }],
  ["x", { type: "x", value: Buffer.from([0, 0xce]) }],
  ["", longString("")],
]);

function encoded(table: FieldTable): Buffer {
  const writer = new ByteWriter();
  writeTable(writer, table);
  return writer.cut();
}

/** A table from the bytes behind its length. */
function tableOf(hex: string): Buffer {
  const content = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const bytes = Buffer.alloc(4 + content.length);
  bytes.writeUInt32BE(content.length);
  content.copy(bytes, 4);
  return bytes;
}

/** This many nested tables around an empty one. */
function nested(depth: number): FieldTable {
  let table: FieldTable = new Map();
  for (let level = 1; level < depth; level++) table = new Map([["a", { type: "F", value: table }]]);
  return table;
}

/** The same, so deep that it cannot be written. */
function deep(depth: number): Buffer {
  const levels = Array.from({ length: depth }, (_, level) => {
    const bytes = Buffer.from([0, 0, 0, 0, 1, 0x61, 0x46]);
    bytes.writeUInt32BE((depth - level) * 7 - 3);
    return bytes;
  });
  return Buffer.concat(levels);
}

describe("a field table", () => {
  it("is read as it was written, in every type", () => {
    expect(readTable(new ByteReader(encoded(everyType)))).toEqual(everyType);
  });

  it("that is read and written again has the same bytes", () => {
    const bytes = encoded(everyType);
    expect(encoded(readTable(new ByteReader(bytes)))).toEqual(bytes);
  });

  it("keeps the last of several equal names", () => {
    const table = readTable(new ByteReader(tableOf("0161 74 01 0161 74 00")));
    expect([...table]).toEqual([["a", { type: "t", value: false }]]);
  });

  it("reads any byte except zero as true, and L as l, as RabbitMQ does", () => {
    const table = readTable(new ByteReader(tableOf("0161 74 02 0162 4c ffffffffffffffff")));
    expect([...table.values()]).toEqual([
      { type: "t", value: true },
      { type: "l", value: -1 },
    ]);
  });

  it("may contain nested tables down to the limit", () => {
    const deep = nested(maxTableDepth);
    expect(encoded(readTable(new ByteReader(encoded(deep))))).toEqual(encoded(deep));
  });

  const lists = (depth: number) => {
    let value: FieldValue = { type: "A", value: [] };
    for (let level = 1; level < depth; level++) value = { type: "A", value: [value] };
    return encoded(new Map([["a", value]]));
  };
  it.each([
    ["ends within a name", tableOf("05 6161")],
    ["ends behind a name", tableOf("0161")],
    ["ends within a value", tableOf("0161 49 000000")],
    ["has a string longer than itself", tableOf("0161 53 00000002 61")],
    ["has a list longer than itself", tableOf("0161 41 00000002 56")],
    ["has a list whose value goes beyond it", tableOf("0161 41 00000002 4900 0162 56")],
    ["has an inner table longer than itself", tableOf("0161 46 00000005 0162 56")],
    ["has a value of an unknown type", tableOf("0161 5a")],
    ["has a name that is not UTF-8", tableOf("01ff 56")],
    ["holds a NaN", tableOf("0161 64 7ff8000000000000")],
    ["holds an infinite float", tableOf("0161 66 7f800000")],
    ["is longer than what there is", Buffer.from("00000009016156", "hex")],
    ["has no whole length", Buffer.from("000000", "hex")],
    ["is nested too deep", encoded(nested(maxTableDepth + 2))],
    ["has lists nested too deep", lists(100)],
    ["is nested far too deep", deep(20_000)],
  ])("is refused, both when it is read and when it is skipped, when it %s", (_, bytes) => {
    const malformed = expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode: 502 });
    expect(() => readTable(new ByteReader(bytes))).toThrow(malformed);
    expect(() => skipTable(bytes, 0, bytes.length)).toThrow(malformed);
  });

  it("is refused when it goes beyond the section, not only beyond the Buffer", () => {
    const bytes = Buffer.concat([encoded(everyType), Buffer.alloc(10)]);
    const end = bytes.length - 11;
    const malformed = expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode: 502 });
    expect(() => readTable(new ByteReader(bytes, 0, end))).toThrow(malformed);
    expect(() => skipTable(bytes, 0, end)).toThrow(malformed);
  });
});

describe("skipTable", () => {
  it("ends where the table ends", () => {
    const bytes = Buffer.concat([Buffer.from([1, 2]), encoded(everyType), Buffer.from([3])]);
    expect(skipTable(bytes, 2, bytes.length)).toBe(bytes.length - 1);
  });
});

describe("values of a field table", () => {
  it("return a string only for long strings", () => {
    const texts = [...everyType].filter(([, value]) => fieldText(value) !== undefined);
    expect(texts.map(([name]) => name)).toEqual(["S", ""]);
    expect(fieldText(everyType.get("S"))).toBe("grüße");
    expect(fieldText(undefined)).toBeUndefined();
  });

  it("return an integer for every integer type", () => {
    const integers = [...everyType].map(([, value]) => fieldInteger(value)).filter((value) => value !== undefined);
    expect(integers).toEqual([-128, 255, -32_768, 65_535, -2_147_483_648, 4_294_967_295, -(2n ** 63n), -5]);
    expect(fieldInteger(undefined)).toBeUndefined();
  });

  it("become a plain object for display", () => {
    const table = new Map<string, FieldValue>([...everyType, ["__proto__", longString("only a name")]]);
    const plain: Record<string, unknown> & { readonly x?: unknown } = tableAsObject(table);
    expect(Object.keys(plain)).toEqual([...table.keys()]);
    expect(plain).toMatchObject({ S: "grüße", D: 3.14, V: null, A: [null, [], "x"], F: { inner: {} }, b: -128 });
    expect(plain.x).toEqual(Buffer.from([0, 0xce]));
  });
});
