/** Frames as they go to a socket: cut to the agreed size, gathered where small, not copied where large. */
import { describe, expect, it } from "vitest";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import { decodeMethod } from "./methods.ts";

interface Seen {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

function framesOf(parts: readonly Buffer[], maxFrameSize = 2 ** 20): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader(maxFrameSize);
  reader.push(Buffer.concat(parts), (type, channel, payload) => seen.push({ type, channel, payload }));
  return seen;
}

const header = Buffer.from("003c00000000000000000005100002", "hex");

describe("FrameWriter", () => {
  it("writes a method frame", () => {
    const writer = new FrameWriter();
    writer.method(3, { name: "basic.ack", deliveryTag: 7, multiple: true });
    expect(writer.size).toBe(21);
    const [part] = writer.take();
    expect(part?.toString("hex")).toBe("010003 0000000d 003c0050 0000000000000007 01 ce".replaceAll(" ", ""));
    expect(writer.size).toBe(0);
    expect(writer.take()).toEqual([]);
  });

  it("writes a heartbeat", () => {
    const writer = new FrameWriter();
    writer.heartbeat();
    expect(Buffer.concat(writer.take()).toString("hex")).toBe("08000000000000ce");
  });

  it("collects small frames in one part, in order", () => {
    const writer = new FrameWriter();
    for (let tag = 0; tag < 100; tag++) {
      writer.method(1, { name: "basic.ack", deliveryTag: tag, multiple: false });
      writer.content(1, header, Buffer.from("hello"));
    }
    const parts = writer.take();
    expect(parts).toHaveLength(1);
    const seen = framesOf(parts);
    expect(seen).toHaveLength(300);
    expect(seen.filter(({ type }) => type === 1).map(({ payload }) => decodeMethod(payload))).toEqual(
      Array.from({ length: 100 }, (_, tag) => ({ name: "basic.ack", deliveryTag: tag, multiple: false })),
    );
  });

  it.each([1, 4087, 4088, 4089, 8176, 8177, 100_000])("splits a body of %i bytes by the frame size", (size) => {
    const writer = new FrameWriter(4096);
    const body = Buffer.from(Array.from({ length: size }, (_, index) => index % 251));
    writer.content(1, header, body);
    const seen = framesOf(writer.take(), 4096);
    expect(seen[0]).toEqual({ type: 2, channel: 1, payload: header });
    expect(seen.length - 1).toBe(Math.ceil(size / 4088));
    expect(Buffer.concat(seen.slice(1).map(({ payload }) => payload)).equals(body)).toBe(true);
  });

  it("writes no body frame for an empty body", () => {
    const writer = new FrameWriter();
    writer.content(1, header, Buffer.alloc(0));
    expect(framesOf(writer.take()).map(({ type }) => type)).toEqual([2]);
  });

  it("splits by a frame size that was negotiated later", () => {
    const writer = new FrameWriter();
    writer.frameMax = 131_072;
    writer.content(1, header, Buffer.alloc(131_064));
    expect(framesOf(writer.take())).toHaveLength(2);
  });

  it("passes a large body on without a copy", () => {
    const writer = new FrameWriter(131_072);
    const body = Buffer.alloc(100_000, 1);
    writer.method(1, { name: "basic.ack", deliveryTag: 1, multiple: false });
    writer.content(1, header, body);
    writer.heartbeat();
    const parts = writer.take();
    expect(parts).toHaveLength(3);
    expect(parts[1]?.buffer).toBe(body.buffer);
    expect(framesOf(parts).map(({ type }) => type)).toEqual([1, 2, 3, 8]);
  });

  it("never changes parts that were taken", () => {
    const writer = new FrameWriter();
    const taken: { readonly parts: Buffer[]; readonly hex: string }[] = [];
    for (let round = 0; round < 200; round++) {
      for (let tag = 0; tag <= round; tag++) writer.method(1, { name: "basic.ack", deliveryTag: tag, multiple: true });
      const size = writer.size;
      const parts = writer.take();
      expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(size);
      taken.push({ parts, hex: Buffer.concat(parts).toString("hex") });
    }
    for (const { parts, hex } of taken) expect(Buffer.concat(parts).toString("hex")).toBe(hex);
  });

  it("writes a delivery as the same bytes as its method and its content", () => {
    const slow = new FrameWriter();
    const fast = new FrameWriter();
    for (const redelivered of [false, true]) {
      for (const body of [Buffer.alloc(0), Buffer.from("hello"), Buffer.alloc(20_000, 7)]) {
        const tag = Number.MAX_SAFE_INTEGER - body.length;
        slow.method(9, {
          name: "basic.deliver",
          consumerTag: "täg",
          deliveryTag: tag,
          redelivered,
          exchange: "e",
          routingKey: "a.b",
        });
        slow.content(9, header, body);
        fast.delivery(9, "täg", tag, redelivered, "e", "a.b", header, body);
      }
    }
    expect(Buffer.concat(fast.take())).toEqual(Buffer.concat(slow.take()));
  });

  it("writes nothing for a method that is not part of the protocol", () => {
    const writer = new FrameWriter();
    writer.heartbeat();
    expect(() => writer.method(1, { name: "basic.cancel", consumerTag: "x".repeat(300), nowait: false })).toThrow(
      expect.objectContaining({ code: "ERR_AMQP_FRAME" }),
    );
    writer.heartbeat();
    expect(framesOf(writer.take()).map(({ type }) => type)).toEqual([8, 8]);
  });
});
