/** How deep JSON is nested and how many values it has, ignoring the content of its strings. */
import { describe, expect, it } from "vitest";
import { MAX_JSON_DEPTH, nestsTooDeeply, shapeProblem } from "./json-shape.ts";

const filler = `"${" ".repeat(3 * MAX_JSON_DEPTH)}"`;
const nested = (depth: number, inner = filler): string => "[".repeat(depth) + inner + "]".repeat(depth);

describe("depth", () => {
  it("counts levels, not brackets", () => {
    expect(nestsTooDeeply(nested(MAX_JSON_DEPTH))).toBe(false);
    expect(nestsTooDeeply(nested(MAX_JSON_DEPTH + 1))).toBe(true);
    expect(nestsTooDeeply(`[${"[],{},".repeat(5000)}0]`)).toBe(false);
    expect(nestsTooDeeply('{"a":['.repeat(501))).toBe(true);
    expect(nestsTooDeeply('{"a":['.repeat(500) + filler)).toBe(false);
  });

  it("ignores strings, also with quotes and backslashes", () => {
    const brackets = "[{".repeat(MAX_JSON_DEPTH);
    for (const text of [`"${brackets}"`, `"\\"${brackets}"`, `"\\\\\\"${brackets}"`, `"\\\\",["${brackets}"]`]) {
      expect(nestsTooDeeply(`[${text}]`), text.slice(0, 20)).toBe(false);
    }
    expect(nestsTooDeeply(`["\\\\",${brackets}`)).toBe(true);
    expect(nestsTooDeeply(`["${brackets}`)).toBe(false);
  });
});

describe("values", () => {
  it.each([
    ["numbers", 10, `[${"0,".repeat(8)}0]`],
    ["empty lists, with their possible values", 19, `[${"[],".repeat(8)}[]]`],
    ["members", 10, `{${'"a":1,'.repeat(8)}"a":1}`],
    ["words that are not JSON", 10, `[${"NaN,".repeat(8)}NaN]`],
    ["unclosed lists and objects", 10, `[${"0,".repeat(8)}0`],
  ])("counts %s", (_name, count, text) => {
    expect(shapeProblem(text, count)).toBeUndefined();
    expect(shapeProblem(text.padEnd(2 * count), count - 1)).toBe("values");
  });

  it("does not count the content of strings", () => {
    expect(shapeProblem(`["${"[],".repeat(50)}","\\",,,,,,,"]`, 3)).toBeUndefined();
  });

  it("always stops a payload with too many values, however short its values are", () => {
    for (const value of ["0", "[]", "{}", '""']) {
      for (let count = 1; count < 40; count++) {
        const text = `[${Array.from({ length: count }, () => value).join(",")}]`;
        for (let limit = 1; limit < count; limit++) {
          expect(shapeProblem(text, limit), `${count} times ${value}, at most ${limit}`).toBe("values");
        }
      }
    }
  });

  it("stops at the limit without reading the rest", () => {
    expect(shapeProblem(`[${"0,".repeat(20)}${"[".repeat(2 * MAX_JSON_DEPTH)}`, 10)).toBe("values");
    expect(shapeProblem(`${"[".repeat(2 * MAX_JSON_DEPTH)}${"0,".repeat(20)}`, 5000)).toBe("depth");
  });
});
