/** A table of ids does what a Map would, in a fixed number of bytes for each id. */

import { describe, expect, it } from "vitest";
import fc from "../../../../test/support/properties.ts";
import { type IdState, IdTable } from "./id-table.ts";
import { packedWords } from "./packed-id.ts";

/** Ids that differ in one word only, as time-ordered UUIDs do. */
function idOf(number: number, word = 0): Uint32Array {
  const id = new Uint32Array(packedWords).fill(7);
  id[word] = number;
  return id;
}

describe("IdTable", () => {
  it("behaves like a Map for any sequence of set, delete, clear and transfer", () => {
    const number = fc.integer({ min: 0, max: 60 });
    const step = fc.oneof(
      fc.tuple(fc.constant("set" as const), number, fc.constantFrom<IdState>("running", "done")),
      fc.tuple(fc.constant("delete" as const), number),
      fc.tuple(fc.constant("clear" as const)),
      fc.tuple(fc.constant("move" as const), fc.constantFrom<IdState>("running", "done")),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        let table = new IdTable(20);
        let model = new Map<number, IdState>();
        for (const [what, first, second] of steps) {
          if (what === "set") {
            table.set(idOf(first), second);
            model.set(first, second);
          } else if (what === "delete") {
            table.delete(idOf(first));
            model.delete(first);
          } else if (what === "clear") {
            table.clear();
            model.clear();
          } else {
            const moved = new IdTable(20);
            moved.takeOver(table, first);
            table = moved;
            model = new Map([...model].filter(([, state]) => state === first));
          }
          expect(table.size).toBe(model.size);
          for (let id = 0; id <= 60; id++) expect(table.get(idOf(id))).toBe(model.get(id));
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 2, 3])("finds every one of many ids that differ only in word %i", (word) => {
    const table = new IdTable(100);
    for (let number = 0; number < 20_000; number++) table.set(idOf(number, word), "done");
    expect(table.size).toBe(20_000);
    for (let number = 0; number < 20_000; number++) expect(table.get(idOf(number, word))).toBe("done");
    expect(table.get(idOf(20_000, word))).toBeUndefined();
  });

  it("keeps 100 000 ids in less than 3 MB, however many were forgotten", () => {
    const table = new IdTable(100_000);
    for (let number = 0; number < 100_000; number++) {
      table.set(idOf(number), "running");
      table.set(idOf(1_000_000 + number), "running");
      table.delete(idOf(1_000_000 + number));
    }
    expect(table.size).toBe(100_000);
    expect(table.bytes).toBeLessThan(3_000_000);
  });
});
