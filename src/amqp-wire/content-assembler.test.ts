/** Headers and bodies put together, kept in little memory, and refused out of turn. */
import { describe, expect, it } from "vitest";
import type { Content } from "./content.ts";
import { ContentAssembler } from "./content-assembler.ts";
import { encodeProperties } from "./properties.ts";

const properties = encodeProperties({ contentType: "text/plain", deliveryMode: 2 });

function headerOf(bodySize: number | bigint, classId = 60, weight = 0): Buffer {
  const header = Buffer.alloc(12 + properties.length);
  header.writeUInt16BE(classId, 0);
  header.writeUInt16BE(weight, 2);
  header.writeBigUInt64BE(BigInt(bodySize), 4);
  properties.copy(header, 12);
  return header;
}

function bodyOf(size: number, first = 0): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => (first + index) % 251));
}

/** The content of a body that comes in pieces of this size. */
function assemble(assembler: ContentAssembler, body: Buffer, pieceSize: number): Content | undefined {
  assembler.begin(60);
  let content = assembler.header(headerOf(body.length));
  for (let at = 0; at < body.length; at += pieceSize) {
    expect(content).toBeUndefined();
    content = assembler.body(body.subarray(at, at + pieceSize));
  }
  return content;
}

const unexpected = (message: string) =>
  expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode: 505, message: expect.stringContaining(message) });

describe("ContentAssembler", () => {
  it("is complete with the header when the body is empty", () => {
    const content = assemble(new ContentAssembler(), Buffer.alloc(0), 1);
    expect(content?.body).toHaveLength(0);
    expect(content?.bodySize).toBe(0);
    expect(content?.header).toEqual(headerOf(0));
  });

  it.each([1, 100, 2000, 2048, 2049, 65_536, 65_537, 300_000])("assembles a body of %i bytes", (size) => {
    const body = bodyOf(size);
    for (const pieceSize of [size, 4088, 131_064, 997]) {
      const content = assemble(new ContentAssembler(), body, pieceSize);
      expect(content?.body.equals(body), `pieces of ${pieceSize}`).toBe(true);
      expect(content?.bodySize).toBe(size);
      expect(content?.headerSize).toBe(headerOf(size).length);
      expect(content?.header).toEqual(headerOf(size));
      expect(content?.properties).toEqual(properties);
    }
  });

  it("keeps the contents of each channel apart, and independent of the chunks they came in", () => {
    const assembler = new ContentAssembler();
    const sizes = Array.from({ length: 300 }, (_, index) => (index * 37) % 2500);
    const contents = sizes.map((size, index) => {
      const body = bodyOf(size, index);
      const content = assemble(assembler, body, 500);
      body.fill(0xff);
      return content;
    });
    contents.forEach((content, index) => {
      expect(content?.body.equals(bodyOf(sizes[index] as number, index)), `content ${index}`).toBe(true);
      expect(content?.header).toEqual(headerOf(sizes[index] as number));
    });
  });

  it("accepts body frames without bytes", () => {
    const assembler = new ContentAssembler();
    assembler.begin(60);
    assembler.header(headerOf(1));
    expect(assembler.body(Buffer.alloc(0))).toBeUndefined();
    expect(assembler.body(Buffer.from("a"))?.body.toString()).toBe("a");
  });

  it("shares memory between small contents", () => {
    const assembler = new ContentAssembler();
    const memories = new Set<ArrayBufferLike | undefined>();
    for (let index = 0; index < 800; index++) memories.add(assemble(assembler, bodyOf(50), 50)?.body.buffer);
    expect(memories.size).toBeLessThan(15);
  });

  it("allocates only memory for bytes that have arrived, whatever size is announced", () => {
    const before = process.memoryUsage().arrayBuffers;
    const assemblers = Array.from({ length: 50 }, () => new ContentAssembler());
    for (const assembler of assemblers) {
      assembler.begin(60);
      assembler.header(headerOf(2 ** 31));
      assembler.body(Buffer.alloc(10));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    expect(assemblers.map(({ expected }) => expected)).toContain("body");
  });

  it("says what it expects", () => {
    const assembler = new ContentAssembler();
    expect(assembler.expected).toBe("method");
    assembler.method();
    assembler.begin(60);
    expect(assembler.expected).toBe("header");
    assembler.header(headerOf(1));
    expect(assembler.expected).toBe("body");
    assembler.body(Buffer.from("a"));
    expect(assembler.expected).toBe("method");
  });

  const waiting = {
    method: () => new ContentAssembler(),
    header: () => {
      const assembler = new ContentAssembler();
      assembler.begin(60);
      return assembler;
    },
    body: () => {
      const assembler = waiting.header();
      assembler.header(headerOf(2));
      return assembler;
    },
  };
  it.each([
    ["a header where a method", () => waiting.method().header(headerOf(1)), "expected method frame"],
    ["a body where a method", () => waiting.method().body(Buffer.alloc(1)), "expected method frame"],
    ["a method where a header", () => waiting.header().method(), "expected content header for class 60"],
    ["content where a header", () => waiting.header().begin(60), "expected content header for class 60"],
    ["a body where a header", () => waiting.header().body(Buffer.alloc(1)), "got non content header frame"],
    ["a header of another class where one of this", () => waiting.header().header(headerOf(1, 50)), "class 50"],
    ["a header with a weight where one without", () => waiting.header().header(headerOf(1, 60, 1)), "class 60"],
    ["a method where a body", () => waiting.body().method(), "got non content body frame"],
    ["a header where a body", () => waiting.body().header(headerOf(1)), "got non content body frame"],
    ["more bytes when fewer", () => waiting.body().body(Buffer.alloc(3)), "only 2 were expected"],
  ])("refuses %s is expected", (_, act, message) => {
    expect(act).toThrow(unexpected(message));
  });

  it("refuses a header that is too short", () => {
    const broken = expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode: 501 });
    for (let size = 0; size < 12; size++) {
      expect(() => waiting.header().header(headerOf(1).subarray(0, size))).toThrow(broken);
    }
  });

  it("reports a body above the limit as soon as it is announced, and continues", () => {
    const assembler = new ContentAssembler(100);
    expect(assemble(assembler, bodyOf(100), 100)?.bodySize).toBe(100);
    for (const size of [101, 2n ** 63n, 2n ** 64n - 1n]) {
      assembler.begin(60);
      expect(() => assembler.header(headerOf(size))).toThrow(
        expect.objectContaining({ name: "ContentTooLargeError", replyCode: 406, bodySize: Number(size) }),
      );
    }
    expect(assemble(assembler, bodyOf(7), 7)?.body).toEqual(bodyOf(7));
  });
});
