/** How deep a text nests, whatever stands in its strings. */
import { expect, it } from "vitest";
import { MAX_JSON_DEPTH, nestsTooDeeply } from "./json-depth.ts";

const filler = `"${" ".repeat(3 * MAX_JSON_DEPTH)}"`;
const nested = (depth: number, inner = filler): string => "[".repeat(depth) + inner + "]".repeat(depth);

it("counts levels and not brackets", () => {
  expect(nestsTooDeeply(nested(MAX_JSON_DEPTH))).toBe(false);
  expect(nestsTooDeeply(nested(MAX_JSON_DEPTH + 1))).toBe(true);
  expect(nestsTooDeeply(`[${"[],{},".repeat(5000)}0]`)).toBe(false);
  expect(nestsTooDeeply('{"a":['.repeat(501))).toBe(true);
  expect(nestsTooDeeply('{"a":['.repeat(500) + filler)).toBe(false);
});

it("passes over strings, also those with quotes and backslashes in them", () => {
  const brackets = "[{".repeat(MAX_JSON_DEPTH);
  for (const text of [`"${brackets}"`, `"\\"${brackets}"`, `"\\\\\\"${brackets}"`, `"\\\\",["${brackets}"]`]) {
    expect(nestsTooDeeply(`[${text}]`), text.slice(0, 20)).toBe(false);
  }
  expect(nestsTooDeeply(`["\\\\",${brackets}`)).toBe(true);
  expect(nestsTooDeeply(`["${brackets}`)).toBe(false);
});
