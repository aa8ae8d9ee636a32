/** Elementary types are read as they were written, and nothing is read beyond the end. */
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

function written(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  write(writer);
  return writer.cut();
}

const malformed = expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode: 502 });

describe("ByteReader", () => {
  it("reads integers with and without a sign", () => {
    const bytes = Buffer.from("ff ffff ffffffff ff ffff ffffffff".replaceAll(" ", ""), "hex");
    const reader = new ByteReader(bytes);
    expect([reader.uint8(), reader.uint16(), reader.uint32()]).toEqual([255, 65_535, 4_294_967_295]);
    expect([reader.int8(), reader.int16(), reader.int32()]).toEqual([-1, -1, -1]);
    expect(reader.remaining).toBe(0);
  });

  it.each([
    [0, 0],
    [1, 1],
    [2 ** 32, 2 ** 32],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [2n ** 53n, 2n ** 53n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
  ])("reads the unsigned 64-bit integer %s exactly", (value, expected) => {
    expect(new ByteReader(written((writer) => writer.uint64(value))).uint64()).toBe(expected);
  });

  it.each([
    [-1, -1],
    [-(2 ** 32), -(2 ** 32)],
    [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    [-(2n ** 53n), -(2n ** 53n)],
    [-(2n ** 63n), -(2n ** 63n)],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
  ])("reads the signed 64-bit integer %s exactly", (value, expected) => {
    expect(new ByteReader(written((writer) => writer.uint64(value))).int64()).toBe(expected);
  });

  it("reads floats", () => {
    const bytes = written((writer) => {
      writer.float32(-1.5);
      writer.float64(Math.PI);
    });
    const reader = new ByteReader(bytes);
    expect([reader.float32(), reader.float64()]).toEqual([-1.5, Math.PI]);
  });

  it("reads short strings in UTF-8 and long strings as bytes", () => {
    const bytes = written((writer) => {
      writer.shortString("grüße");
      writer.shortString("");
      writer.longString(Buffer.from([0, 255]));
    });
    const reader = new ByteReader(bytes);
    expect([reader.shortString(), reader.shortString()]).toEqual(["grüße", ""]);
    expect(reader.longString()).toEqual(Buffer.from([0, 255]));
  });

  it("refuses a short string that is not UTF-8", () => {
    expect(() => new ByteReader(Buffer.from([2, 0x41, 0xff])).shortString()).toThrow(malformed);
  });

  it("does not read outside its section", () => {
    const reader = new ByteReader(Buffer.from([1, 2, 3, 4, 5]), 1, 4);
    const section = reader.section(2);
    expect([section.uint8(), section.uint8(), section.remaining]).toEqual([2, 3, 0]);
    expect(() => section.uint8()).toThrow(malformed);
    expect([reader.uint8(), reader.position, reader.remaining]).toEqual([4, 4, 0]);
  });

  const reads: [string, (reader: ByteReader) => unknown][] = [
    ["uint8", (reader) => reader.uint8()],
    ["uint16", (reader) => reader.uint16()],
    ["uint32", (reader) => reader.uint32()],
    ["uint64", (reader) => reader.uint64()],
    ["int8", (reader) => reader.int8()],
    ["int16", (reader) => reader.int16()],
    ["int32", (reader) => reader.int32()],
    ["int64", (reader) => reader.int64()],
    ["float32", (reader) => reader.float32()],
    ["float64", (reader) => reader.float64()],
    ["shortString", (reader) => reader.shortString()],
    ["longString", (reader) => reader.longString()],
    ["bytes", (reader) => reader.bytes(1)],
    ["section", (reader) => reader.section(1)],
  ];
  it.each(reads)("refuses to read a %s beyond the end, even if the Buffer continues", (name, read) => {
    const size = { uint16: 1, int16: 1, uint32: 3, int32: 3, float32: 3, uint64: 7, int64: 7, float64: 7 }[name] ?? 0;
    expect(() => read(new ByteReader(Buffer.alloc(16, 1), 2, 2 + size))).toThrow(malformed);
  });

  it("refuses a length that points beyond the end", () => {
    expect(() => new ByteReader(Buffer.from([0xff, 0xff, 0xff, 0xff, 1])).longString()).toThrow(malformed);
    expect(() => new ByteReader(Buffer.from([3, 0x41, 0x41])).shortString()).toThrow(malformed);
  });
});
