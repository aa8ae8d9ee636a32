/** A buffer that grows, is handed over in pieces, and leaves what it handed over alone. */
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

describe("ByteWriter", () => {
  it("grows beyond its capacity, and keeps what was written", () => {
    const writer = new ByteWriter(4);
    for (let value = 0; value < 1000; value++) writer.uint16(value);
    const reader = new ByteReader(writer.cut());
    for (let value = 0; value < 1000; value++) expect(reader.uint16()).toBe(value);
    expect(reader.remaining).toBe(0);
  });

  it("never changes bytes that were taken", () => {
    const writer = new ByteWriter(64);
    const pieces: Buffer[] = [];
    const expected: string[] = [];
    for (let round = 0; round < 50; round++) {
      for (let value = 0; value <= round; value++) writer.uint8(value);
      const piece = writer.cut();
      expect(writer.size).toBe(0);
      pieces.push(piece);
      expected.push(piece.toString("hex"));
    }
    expect(pieces.map((piece) => piece.toString("hex"))).toEqual(expected);
    expect(pieces.map((piece) => piece.length)).toEqual(Array.from({ length: 50 }, (_, round) => round + 1));
  });

  it("writes a length afterwards, also after a cut or a growth", () => {
    const writer = new ByteWriter(8);
    writer.uint8(9);
    writer.cut();
    writer.uint8(7);
    const mark = writer.openLength();
    writer.bytes(Buffer.alloc(100, 1));
    writer.fillLength(mark);
    const bytes = writer.cut();
    expect(bytes.subarray(0, 6)).toEqual(Buffer.from([7, 0, 0, 0, 100, 1]));
    expect(bytes.length).toBe(105);
  });

  it("removes what was written last", () => {
    const writer = new ByteWriter();
    writer.uint32(1);
    const { size } = writer;
    writer.uint32(2);
    writer.truncate(size);
    expect(writer.cut()).toEqual(Buffer.from([0, 0, 0, 1]));
  });

  it("writes a short string of up to 255 bytes, and refuses a longer one without writing any of it", () => {
    const writer = new ByteWriter();
    writer.shortString("é".repeat(127));
    expect(writer.size).toBe(255);
    for (const text of ["é".repeat(128), "a".repeat(256), "a".repeat(100_000)]) {
      expect(() => writer.shortString(text)).toThrow(expect.objectContaining({ code: "ERR_AMQP_FRAME" }));
    }
    expect(writer.size).toBe(255);
    writer.shortString("a".repeat(255));
    const reader = new ByteReader(writer.cut());
    expect([reader.shortString(), reader.shortString()]).toEqual(["é".repeat(127), "a".repeat(255)]);
  });

  it("writes negative integers as their two's complement", () => {
    const writer = new ByteWriter();
    writer.uint8(-1);
    writer.uint16(-2);
    writer.uint32(-3);
    writer.uint64(-4);
    writer.uint64(-(2n ** 63n));
    const reader = new ByteReader(writer.cut());
    expect([reader.int8(), reader.int16(), reader.int32(), reader.int64(), reader.int64()]).toEqual([
      -1,
      -2,
      -3,
      -4,
      -(2n ** 63n),
    ]);
  });
});
