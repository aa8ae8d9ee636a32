/** How values that JSON cannot express are written. */
import { describe, expect, it } from "vitest";
import { writeJson } from "./json-writing.ts";

const same = {};

class Point {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}

class ListedMap extends Map<string, number> {
  toJSON(): unknown {
    return [...this];
  }
}

function circular(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

function fail(): never {
  throw new Error("no");
}

describe("writeJson", () => {
  it.each([
    ["ordinary data", { a: [1, "x", null, true, { b: 0.5 }] }, '{"a":[1,"x",null,true,{"b":0.5}]}'],
    ["null", null, "null"],
    ["a bigint", { n: 2n ** 64n, s: "x" }, '{"n":18446744073709551616,"s":"x"}'],
    ["a boxed bigint", [Object(5n)], "[5]"],
    ["NaN and infinities", [Number.NaN, Infinity, -Infinity], "[NaN,Infinity,-Infinity]"],
    ["a boxed NaN", [Object(Number.NaN)], "[NaN]"],
    ["negative zero", { z: -0 }, '{"z":-0.0}'],
    ["the largest safe integer", 2 ** 53 - 1, "9007199254740991"],
    [
      "a number past the safe integers as the float it is",
      [2 ** 53, -(2 ** 53)],
      "[9007199254740992.0,-9007199254740992.0]",
    ],
    [
      "a very large number as Python writes it",
      [1e16, 12345678901234567000, 1e21],
      "[1e+16,1.2345678901234567e+19,1e+21]",
    ],
    ["a lone surrogate", "x\ud800", '"x\\ud800"'],
    ["a date as ISO text", { d: new Date(0) }, '{"d":"1970-01-01T00:00:00.000Z"}'],
    ["an instance by its own members", { p: new Point(1, 2) }, '{"p":{"x":1,"y":2}}'],
    ["toJSON's answer", { m: { toJSON: () => ({ n: 1n }) } }, '{"m":{"n":1}}'],
    ["a Map that says how it is written", [new ListedMap([["a", Number.NaN]])], '[[["a",NaN]]]'],
    ["no undefined members", { a: undefined, b: () => 1, c: Symbol("c"), d: [undefined], n: 1n }, '{"d":[null],"n":1}'],
    ["an object without prototype", Object.assign(Object.create(null), { n: -0 }), '{"n":-0.0}'],
    ["a member named __proto__", JSON.parse('{"__proto__":{"n":null}}'), '{"__proto__":{"n":null}}'],
    ["the same object twice", [same, same], "[{},{}]"],
  ])("writes %s", (_name, value, json) => {
    expect(writeJson(value)).toBe(json);
  });

  it.each([
    ["undefined", undefined, "cannot be undefined"],
    ["a function", () => 1, "cannot be function"],
    ["a symbol", Symbol("x"), "cannot be symbol"],
    ["a Map", { m: new Map() }, 'The member "m" of a message\'s data is a Map'],
    ["a Set", [new Set([1])], "[...set]"],
    ["a Buffer", Buffer.from("x"), "A message's data is a Buffer"],
    ["a typed array", { a: new Uint8Array(1) }, "a typed array"],
    ["an ArrayBuffer", { a: new ArrayBuffer(1) }, "an ArrayBuffer"],
    ["a promise", { a: Promise.resolve(1) }, "await it first"],
    ["an error with additional members", { e: Object.assign(new Error("x"), { code: "X" }) }, "an error"],
    ["a regular expression", /x/, "a regular expression"],
    ["an invalid date", { d: new Date(Number.NaN) }, "an invalid date"],
    ["what toJSON answers", { m: { toJSON: () => new Map() } }, "a Map"],
    ["an integer longer than Python reads", 10n ** 4300n, "4300 digits"],
    ["a value that refers to itself", circular(), "refers to itself"],
    ["nesting too deep to write", nested(100_000), "nested too deeply"],
    ["a getter that throws", Object.defineProperty({}, "x", { enumerable: true, get: fail }), "getter"],
  ])("refuses %s", (_name, value, message) => {
    expect(() => writeJson(value)).toThrow(message);
    expect(() => writeJson(value)).toThrow(expect.objectContaining({ code: "ERR_ENVELOPE_UNBUILDABLE" }));
  });
});
