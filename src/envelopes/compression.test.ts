/** Compressed data: when data is compressed, how, and what is refused. */
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compressLarge, decompress } from "./compression.ts";

describe("compressLarge", () => {
  it("compresses data from 60000 characters of Python's JSON", () => {
    expect(compressLarge(JSON.stringify("x".repeat(59_997)))).toBeUndefined();
    expect(compressLarge(JSON.stringify("x".repeat(59_998)))).toMatch(/^eJzt/);
    expect(compressLarge(JSON.stringify("ö".repeat(9_999)))).toBeUndefined();
    expect(compressLarge(JSON.stringify("ö".repeat(10_000)))).toBeDefined();
  });

  it("writes data that decompress can read", () => {
    const value = { text: "友🚀".repeat(5000), n: [1, 2.5] };
    expect(JSON.parse(decompress(compressLarge(JSON.stringify(value)) ?? ""))).toEqual(value);
  });
});

describe("decompress", () => {
  const good = deflateSync('{"k": "some text to compress"}').toString("base64");

  it("ignores line breaks", () => {
    expect(decompress(good.replace(/(.{10})/g, "$1\r\n"))).toBe('{"k": "some text to compress"}');
  });

  it.each([
    ["nothing", ""],
    ["wrong padding", good.replace(/=+$/, "") === good ? `${good}=` : good.replace(/=+$/, "")],
    ["characters outside the alphabet", `!!!!${good}`],
    ["text beyond ASCII", `öööö${good}`],
    ["the alphabet of URLs", "eJ-_"],
    ["text after the padding", "eA==eA=="],
    ["a stream cut short", deflateSync("x".repeat(1000)).subarray(0, 8).toString("base64")],
    ["gzip", gzipSync("1").toString("base64")],
    ["bytes that are not UTF-8", deflateSync(Buffer.from([0x22, 0xff, 0x22])).toString("base64")],
  ])("refuses %s", (_name, text) => {
    expect(() => decompress(text)).toThrow(expect.objectContaining({ code: "ERR_ENVELOPE_UNREADABLE" }));
  });
});
