/** JSON that JSON.parse would refuse or round is read as Python meant it. */
import { describe, expect, it } from "vitest";
import { readJson } from "./json-reading.ts";

describe("readJson", () => {
  it.each([
    ["[9007199254740991]", [9007199254740991]],
    ["[9007199254740992]", [9007199254740992n]],
    ["-9007199254740993", -9007199254740993n],
    ["9007199254740993", 9007199254740993n],
    ['{"a": 12345678901234567890, "b": 1}', { a: 12345678901234567890n, b: 1 }],
    ["[ 12345678901234567890\t,1]", [12345678901234567890n, 1]],
    ["[12345678901234567890.5, 12345678901234567890e1]", [12345678901234567000, 1.2345678901234568e20]],
    ["[0.12345678901234567890]", [0.12345678901234568]],
    ['"12345678901234567890"', "12345678901234567890"],
    ['["x, 12345678901234567890 ,", 1]', ["x, 12345678901234567890 ,", 1]],
    ['["\\", 12345678901234567890, \\"", 12345678901234567890]', ['", 12345678901234567890, "', 12345678901234567890n]],
    ["[NaN, Infinity, -Infinity]", [Number.NaN, Infinity, -Infinity]],
    ['{"NaN": NaN, "a": "NaN, Infinity"}', { NaN: Number.NaN, a: "NaN, Infinity" }],
    ["[-0.0, 1e400]", [-0, Infinity]],
    ['{"a": 1, "a": NaN}', { a: Number.NaN }],
  ])("reads %s", (text, value) => {
    expect(readJson(text, "It")).toStrictEqual(value);
  });

  it.each([
    "{NaN: 1}",
    "{12345678901234567890: 1}",
    "[NaN 1]",
    "[1NaN]",
    "[NaNNaN]",
    "[-NaN]",
    "[+Infinity]",
    "[--Infinity]",
    "[Infinity5]",
    "[nan]",
    "[012345678901234567890]",
    "[1-12345678901234567890]",
    '["a"NaN]',
    '["a, NaN]',
    '["a\\", NaN]',
    "[1.5.12345678901234567890]",
    '["\u0001", NaN]',
  ])("refuses %s", (text) => {
    expect(() => readJson(text, "It")).toThrow(expect.objectContaining({ code: "ERR_ENVELOPE_UNREADABLE" }));
  });

  it("does not change a prototype through a member whose value is parsed again", () => {
    const read = readJson('{"__proto__": 12345678901234567890, "a": {"__proto__": [NaN]}}', "It") as { a: object };
    expect(Object.entries(read)).toEqual([
      ["__proto__", 12345678901234567890n],
      ["a", read.a],
    ]);
    expect(Object.entries(read.a)).toEqual([["__proto__", [Number.NaN]]]);
    expect([Object.getPrototypeOf(read), Object.getPrototypeOf(read.a)]).toEqual([Object.prototype, Object.prototype]);
  });

  it("refuses an integer that is longer than Python reads", () => {
    expect(readJson(`-${"9".repeat(4300)}`, "It")).toBe(-BigInt("9".repeat(4300)));
    expect(() => readJson("9".repeat(4301), "It")).toThrow("An integer of 4301 digits is too long");
  });

  it("finds a large integer at any position", () => {
    for (let before = 0; before < 40; before++) {
      for (const digits of [16, 17, 33]) {
        const integer = "9".repeat(digits);
        expect(readJson(`["${"x".repeat(before)}",${integer}]`, "It")).toEqual(["x".repeat(before), BigInt(integer)]);
        const pair = `[${"1".repeat(before % 15)}1,${integer},7]`;
        expect((readJson(pair, "It") as unknown[])[1]).toBe(BigInt(integer));
      }
    }
  });

  it("reads many large integers in linear time", () => {
    const text = `[${Array.from({ length: 100_000 }, () => "12345678901234567890").join(", ")}]`;
    expect(readJson(text, "It")).toHaveLength(100_000);
  });
});
