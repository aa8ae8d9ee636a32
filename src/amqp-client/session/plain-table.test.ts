/** What a table of plain values is on the wire, and what cannot be one. */

import { describe, expect, it } from "vitest";
import fc from "../../../test/support/properties.ts";
import { ByteWriter } from "../../amqp-wire/byte-writer.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import { readPlainTable, writePlainTable } from "./plain-table.ts";

function written(v: unknown): unknown {
  const writer = new ByteWriter();
  writePlainTable(writer, { v });
  return readPlainTable(writer.cut())["v"];
}

describe("a table of plain values", () => {
  it.each<[string, unknown]>([
    ["minus zero", -0],
    ["a fraction", 0.1],
    ["the largest number", Number.MAX_VALUE],
    ["an integer of 64 bits", -(2n ** 63n)],
    ["the last second", { "!": "timestamp", value: 2n ** 64n - 1n }],
    ["the largest decimal", { "!": "decimal", value: { places: 255, digits: 2 ** 32 - 1 } }],
    ["a table with a key that looks like a type", { "!": "note", value: 1 }],
    ["a table with a key of another kind", { "!": 7 }],
    ["a table with the name of an inherited member", { "!": "toString", value: 1 }],
  ])("holds %s exactly", (_what, value) => {
    expect(written(value)).toStrictEqual(value);
  });

  it.each<[string, unknown, number]>([
    ["a float", { "!": "float", value: 1.5 }, 1.5],
    ["a whole number as a double", { "!": "double", value: 3 }, 3],
  ])("writes %s with the type it was given", (_what, value, expected) => {
    expect(written(value)).toBe(expected);
  });

  it("holds every number exactly", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const again = written(value);
        // An integer beyond 2^53 is read as a bigint.
        expect(typeof again === "bigint" ? Number(again) : again).toBe(value);
      }),
    );
  });

  it("refuses every value that does not match its type", () => {
    const types = fc.constantFrom("timestamp", "decimal", "float", "double");
    fc.assert(
      fc.property(types, fc.anything({ withBigInt: true }), (type, value) => {
        try {
          expect(written({ "!": type, value })).toBeDefined();
        } catch (error) {
          if (!(error instanceof FrameError)) throw error;
          expect(error.message).toContain(type);
        }
      }),
    );
  });
});
