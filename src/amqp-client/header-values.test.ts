import { describe, expect, it } from "vitest";
import fc from "../../test/support/properties.ts";
import { decodeText } from "../amqp-wire/escaped-text.ts";
import { headerBytes, maxHeaderDepth, UnfitHeader } from "./header-values.ts";

function problem(headers: Record<string, unknown>): string {
  try {
    headerBytes(headers);
    return "";
  } catch (error) {
    if (error instanceof UnfitHeader) return `${error.path} ${error.message}`;
    throw error;
  }
}

class Money {}

describe("the headers of a message", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["itself"] = cyclic;
  it.each<[string, unknown, RegExp]>([
    ["a Date", new Date(0), /\["v"\] is an instance of Date; send its toISOString/],
    ["a Map", new Map(), /\["v"\] is an instance of Map; send Object.fromEntries/],
    ["a Set", new Set(), /instance of Set; send it as a list/],
    ["an error", new Error("boo"), /instance of Error/],
    ["an object of a class", new Money(), /instance of Money/],
    ["bytes that are not a Buffer", new Uint8Array(2), /send bytes as a Buffer/],
    ["a boxed text", Object("ab"), /instance of String/],
    ["a function", () => {}, /is a function/],
    ["a symbol", Symbol("s"), /is a symbol/],
    ["infinity", Number.POSITIVE_INFINITY, /is Infinity; .* finite/],
    ["not a number", Number.NaN, /is NaN/],
    ["an integer beyond 64 bits", 2n ** 63n, /more than 64 bits/],
    ["nothing in a list", [1, undefined], /\["v"\]\[1\] is undefined/],
    ["something deep", { a: [{ b: Number.NaN }] }, /^\["v"\]\["a"\]\[0\]\["b"\] is NaN/],
    ["what contains itself", cyclic, /nested deeper than 32/],
    ["a time before 1970", { "!": "timestamp", value: -1 }, /\["v"\] is a timestamp whose value is not whole seconds/],
    ["a time beyond 64 bits", { "!": "timestamp", value: 2 ** 64 }, /is a timestamp whose value/],
    ["a time that is text", { "!": "timestamp", value: "now" }, /is a timestamp whose value/],
    ["a float that 32 bits cannot hold", { "!": "float", value: 1e300 }, /is a float whose value is not .* 32 bits/],
    ["a double without a value", { "!": "double" }, /is a double whose value/],
    ["a decimal of too many places", { "!": "decimal", value: { places: 256, digits: 1 } }, /is a decimal whose/],
    [
      "a decimal of too many digits",
      { a: [{ "!": "decimal", value: { places: 0, digits: 2 ** 32 } }] },
      /\[0\] is a dec/,
    ],
    ["a decimal of nothing", { "!": "decimal", value: null }, /is a decimal whose/],
    ["half a character", "\ud800", /lone surrogate/],
    ["a name that is too long", { ["n".repeat(256)]: 1 }, /has a name of 256 bytes/],
  ])("may not hold %s", (_what, v, expected) => {
    expect(problem({ v })).toMatch(expected);
  });

  it("may hold a string that was read from bytes which are not UTF-8", () => {
    const text = decodeText(Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0xa5]));
    expect(problem({ v: text, list: [text], [text]: 1 })).toBe("");
    // "v", its type and length, five bytes; the table with its length before it.
    expect(headerBytes({ v: text })).toBe(4 + 2 + 5 + 5);
    expect(problem({ v: `${text}\ud83d` })).toMatch(/lone surrogate/);
    expect(problem({ v: "\ude00" })).toMatch(/lone surrogate/);
  });

  it("may not have a getter or a proxy that throws", () => {
    const getter = Object.defineProperty({}, "v", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(problem({ a: getter })).toMatch(/cannot be read/);
    expect(problem({ a: proxy })).toMatch(/cannot be read/);
  });

  it("are either refused or measured, and nothing else is thrown", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    });
    const check = fc.property(fc.dictionary(fc.string(), anything), (headers) => {
      try {
        expect(headerBytes(headers)).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(UnfitHeader);
      }
    });
    fc.assert(check, { numRuns: 300 });
  });

  it("may be nested up to the documented depth", () => {
    let value: unknown = 1;
    for (let level = 0; level <= maxHeaderDepth; level++) value = { value };
    expect(problem({ value } as Record<string, unknown>)).not.toBe("");
    expect(problem(value as Record<string, unknown>)).toBe("");
  });
});
