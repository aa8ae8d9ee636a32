/** The size is never below what the codec writes, so that what is found to fit does fit. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { entrySize, tableSize } from "./table-size.ts";

// amqplib exports no codec to modules; a test may look.
const require = createRequire(import.meta.url);
const { encodeTable } = require(join(require.resolve("amqplib"), "../lib/codec.js")) as {
  encodeTable(buffer: Buffer, table: object, offset: number): number;
};

const written = (table: object): number => encodeTable(Buffer.alloc(200_000), table, 0);

it.each([
  ["nothing", {}],
  ["texts", { a: "", name: "value", 友: "🚀".repeat(100) }],
  ["bytes", { bytes: Buffer.alloc(1000) }],
  ["tables and lists", { list: ["a", ["b", { c: "d" }]], table: { inner: { most: "x" } } }],
])("the size is exact for %s", (_what, table) => {
  expect(tableSize(table)).toBe(written(table));
});

it.each([
  ["numbers", { zero: 0, small: 200, negative: -5, large: 2 ** 40, fraction: 1.5 }],
  ["flags and nothing", { yes: true, no: false, nothing: null }],
  ["values with a type of their own", { at: { "!": "timestamp", value: 5 } }],
])("the size is not too small for %s", (_what, table) => {
  expect(tableSize(table)).toBeGreaterThanOrEqual(written(table));
});

it("the size of a table is the sum of its entries", () => {
  const table = { a: "b", list: [1, { c: "d" }] };
  expect(tableSize(table)).toBe(4 + entrySize("a", table.a) + entrySize("list", table.list));
});

it("a circular value has an infinite size instead of an error", () => {
  const loop: { again: unknown[] } = { again: [] };
  loop.again.push(loop);
  expect([tableSize(loop), entrySize("loop", loop)]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
});
