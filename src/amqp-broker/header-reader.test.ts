/** Eight bytes, cut at any position. */
import { describe, expect, it } from "vitest";
import { protocolHeader } from "../amqp-wire/constants.ts";
import { HeaderReader } from "./header-reader.ts";

describe("HeaderReader", () => {
  it("returns what follows the header, wherever the chunks are cut", () => {
    const bytes = Buffer.concat([protocolHeader, Buffer.from("rest")]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new HeaderReader();
      const first = reader.take(bytes.subarray(0, cut));
      if (cut < protocolHeader.length) {
        expect(first, `cut at ${cut}`).toBeUndefined();
        expect(reader.take(bytes.subarray(cut))).toEqual(Buffer.from("rest"));
      } else expect(first).toEqual(bytes.subarray(protocolHeader.length, cut));
    }
  });

  it("reads the header one byte at a time", () => {
    const reader = new HeaderReader();
    const results = [...protocolHeader].map((octet) => reader.take(Buffer.from([octet])));
    expect(results.slice(0, -1)).toEqual(Array(7).fill(undefined));
    expect(results.at(-1)).toEqual(Buffer.alloc(0));
  });

  it.each([
    ["0-9", [1, 1, 0, 9]],
    ["0-8", [1, 1, 8, 0]],
    ["0-9-1 as some once sent it", [1, 1, 9, 1]],
  ])("accepts the header of %s as well", (_name, octets) => {
    const header = Buffer.from([...Buffer.from("AMQP"), ...octets]);
    expect(new HeaderReader().take(Buffer.concat([header, Buffer.from("rest")]))).toEqual(Buffer.from("rest"));
    const slow = new HeaderReader();
    const results = [...header].map((octet) => slow.take(Buffer.from([octet])));
    expect(results.slice(0, -1)).toEqual(Array(7).fill(undefined));
    expect(results.at(-1)).toEqual(Buffer.alloc(0));
  });

  it("recognises another protocol as early as possible, and names it", () => {
    expect(new HeaderReader().take(Buffer.from("GET / HTTP/1.1\r\n"))).toEqual({
      refused: expect.stringContaining("HTTP"),
    });
    expect(new HeaderReader().take(Buffer.from([0x16, 0x03, 0x01, 0, 200]))).toEqual({
      refused: expect.stringContaining("TLS"),
    });
    const amqp10 = Buffer.from([0x41, 0x4d, 0x51, 0x50, 3, 1, 0, 0]);
    expect(new HeaderReader().take(amqp10)).toEqual({ refused: expect.stringContaining("AMQP 1.0 (AMQP 3 1 0 0)") });
    const slow = new HeaderReader();
    expect(slow.take(Buffer.from([0x41, 0x4d, 0x51, 0x50, 0]))).toBeUndefined();
    expect(slow.take(Buffer.from([1]))).toEqual({ refused: expect.any(String) });
    expect(new HeaderReader().take(Buffer.from("\r\nhello"))).toEqual({ refused: expect.stringContaining("0x0d0a") });
  });
});
