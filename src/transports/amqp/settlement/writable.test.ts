/** What is called writable is written, and read again as the same value; judged by the codec that reads and writes. */
import { expect, it } from "vitest";
import { readPlainTable, writePlainTable } from "../../../amqp-client/session/plain-table.ts";
import { ByteWriter } from "../../../amqp-wire/byte-writer.ts";
import { isWritableHeader, isWritableShortString, isWritableTimestamp } from "./writable.ts";

function writtenAndRead(table: Readonly<Record<string, unknown>>): unknown {
  const writer = new ByteWriter();
  writePlainTable(writer, table);
  return readPlainTable(writer.cut());
}

const nested = (levels: number): unknown => (levels === 0 ? "x" : { in: nested(levels - 1) });

it.each<[string, unknown]>([
  ["texts", "friend 友"],
  ["bytes", Buffer.alloc(300, 7)],
  ["null and booleans", [null, true, false]],
  ["whole numbers", [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1)]],
  ["fractions", [1.5, -1e-300, 0.1]],
  ["doubles beyond 64 bits", 1e300],
  ["times", { "!": "timestamp", value: 1_700_000_000 }],
  ["decimals", { "!": "decimal", value: { places: 255, digits: 2 ** 32 - 1 } }],
  ["an integer of 64 bits", 2n ** 63n - 1n],
  ["a double below 64 bits", -1e300],
  ['a table with the key "!"', { "!": "note" }],
  ["a table that looks like a type", { "!": "string", value: "x" }],
  ["tables and lists", { a: [{ b: [1, "c"] }] }],
  ["32 levels", nested(32)],
])("the header value is accepted and arrives unchanged: %s", (_what, value) => {
  expect(isWritableHeader("h", value)).toBe(true);
  expect(writtenAndRead({ h: value })).toEqual({ h: value });
});

it.each<[string, unknown]>([
  ["NaN", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["half a character", "\ud800"],
  ["33 levels", nested(33)],
  ["a long name in a table", { ["n".repeat(256)]: 1 }],
  ["a table with another prototype", Object.create({ polluted: "yes" })],
  ["undefined in a list", [undefined]],
])("the header value is refused: %s", (_what, value) => {
  expect(isWritableHeader("h", value)).toBe(false);
});

it("a name that does not fit is refused with its original bytes, where an invalid UTF-8 byte needs three", () => {
  expect(isWritableHeader("\ufffd".repeat(85), 1)).toBe(true);
  expect(isWritableHeader("\ufffd".repeat(86), 1)).toBe(false);
});

it("short strings of 255 bytes are accepted", () => {
  expect(["x".repeat(255), "x".repeat(256), 5].map(isWritableShortString)).toEqual([true, false, false]);
});

it("times from 1970 on that a number holds exactly are accepted", () => {
  expect([0, 1, 2 ** 53, -1, 1.5, "1"].map(isWritableTimestamp)).toEqual([true, true, false, false, false, false]);
});
