/** Frames from chunks that were cut anywhere, and streams that are not frames. */
import { describe, expect, it, vi } from "vitest";
import { FrameReader } from "./frame-reader.ts";

interface Seen {
  readonly type: number;
  readonly channel: number;
  readonly payload: string;
}

function frame(type: number, channel: number, payload: Buffer | string, end = 0xce): Buffer {
  const content = Buffer.from(payload);
  const prefix = Buffer.alloc(7);
  prefix[0] = type;
  prefix.writeUInt16BE(channel, 1);
  prefix.writeUInt32BE(content.length, 3);
  return Buffer.concat([prefix, content, Buffer.from([end])]);
}

function collect(maxFrameSize = 4096) {
  const reader = new FrameReader(maxFrameSize);
  const seen: Seen[] = [];
  const onFrame = (type: number, channel: number, payload: Buffer) => {
    seen.push({ type, channel, payload: payload.toString("latin1") });
  };
  return { reader, seen, push: (chunk: Buffer) => reader.push(chunk, onFrame) };
}

const stream = Buffer.concat([
  frame(1, 0, "first"),
  frame(8, 0, ""),
  frame(2, 65_535, "x".repeat(300)),
  frame(3, 7, Buffer.from([0xce, 0xce])),
]);
const frames: Seen[] = [
  { type: 1, channel: 0, payload: "first" },
  { type: 8, channel: 0, payload: "" },
  { type: 2, channel: 65_535, payload: "x".repeat(300) },
  { type: 3, channel: 7, payload: "\u00ce\u00ce" },
];
const broken = expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode: 501 });

describe("FrameReader", () => {
  it("reads frames that arrive in one chunk", () => {
    const { seen, push } = collect();
    push(stream);
    expect(seen).toEqual(frames);
  });

  it("reads frames that are cut at any position", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const { seen, push } = collect();
      push(stream.subarray(0, cut));
      push(stream.subarray(cut));
      expect(seen, `cut at ${cut}`).toEqual(frames);
    }
  });

  it("reads frames in chunks of any size, also of one byte", () => {
    for (let size = 1; size < 40; size++) {
      const { seen, push } = collect();
      for (let at = 0; at < stream.length; at += size) push(stream.subarray(at, at + size));
      expect(seen, `chunks of ${size}`).toEqual(frames);
    }
  });

  it("returns views of a chunk that holds the whole frame, and copies if it was cut", () => {
    const payloads: Buffer[] = [];
    const reader = new FrameReader(4096);
    const bytes = frame(1, 1, "abc");
    reader.push(bytes, (_type, _channel, payload) => payloads.push(payload));
    reader.push(bytes.subarray(0, 9), (_type, _channel, payload) => payloads.push(payload));
    reader.push(bytes.subarray(9), (_type, _channel, payload) => payloads.push(payload));
    bytes.fill(0);
    expect(payloads.map((payload) => payload.toString("latin1"))).toEqual(["\0\0\0", "abc"]);
  });

  it("reads a frame of exactly the maximum size", () => {
    const { seen, push } = collect(4096);
    push(frame(3, 1, Buffer.alloc(4088, 1)));
    expect(seen).toHaveLength(1);
  });

  it("refuses a larger frame as soon as its size has arrived", () => {
    const bytes = frame(3, 1, Buffer.alloc(4089));
    for (const cut of [7, 8, bytes.length]) {
      const { seen, push } = collect(4096);
      expect(() => push(bytes.subarray(0, cut))).toThrow(broken);
      expect(seen).toEqual([]);
    }
    const { push } = collect(4096);
    push(bytes.subarray(0, 6));
    expect(() => push(bytes.subarray(6, 7))).toThrow(broken);
  });

  it("accepts larger frames once they are negotiated, also from inside a frame", () => {
    const reader = new FrameReader(4096);
    let count = 0;
    const large = frame(3, 1, Buffer.alloc(5000));
    reader.push(Buffer.concat([frame(1, 0, ""), large]), () => {
      reader.maxFrameSize = 8192;
      count++;
    });
    expect(count).toBe(2);
  });

  it.each([0, 4, 7, 9, 65, 255])("refuses frame type %i at its first byte", (type) => {
    const { seen, push } = collect();
    expect(() => push(Buffer.from([type]))).toThrow(broken);
    expect(seen).toEqual([]);
  });

  it("refuses a frame with a wrong end byte, whole or in pieces", () => {
    for (const cut of [0, 3, 9, 10]) {
      const { seen, push } = collect();
      const bytes = frame(1, 1, "abc", 0xcd);
      expect(() => {
        push(bytes.subarray(0, cut));
        push(bytes.subarray(cut));
      }, `cut at ${cut}`).toThrow(broken);
      expect(seen).toEqual([]);
    }
  });

  it("returns the frames before the broken one, and nothing after it", () => {
    const { seen, push } = collect();
    expect(() => push(Buffer.concat([frame(1, 1, "a"), frame(9, 1, "b"), frame(1, 1, "c")]))).toThrow(broken);
    push(frame(1, 1, "d"));
    expect(seen.map(({ payload }) => payload)).toEqual(["a"]);
  });

  it("reads nothing after it was stopped, even from the current chunk", () => {
    const reader = new FrameReader(4096);
    const seen: string[] = [];
    const onFrame = (_type: number, _channel: number, payload: Buffer) => {
      seen.push(payload.toString());
      if (payload.toString() === "b") reader.stop();
    };
    reader.push(Buffer.concat([frame(1, 1, "a"), frame(1, 1, "b"), frame(1, 1, "c")]), onFrame);
    reader.push(frame(1, 1, "d"), onFrame);
    expect(seen).toEqual(["a", "b"]);
  });

  it("reads chunks that are pushed from inside a frame after the current chunk", () => {
    const reader = new FrameReader(4096);
    const seen: string[] = [];
    const onFrame = (_type: number, _channel: number, payload: Buffer) => {
      seen.push(payload.toString());
      if (payload.toString() === "a") reader.push(frame(1, 1, "c"), onFrame);
    };
    reader.push(Buffer.concat([frame(1, 1, "a"), frame(1, 1, "b")]), onFrame);
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("continues after a frame whose receiver threw", () => {
    for (const cut of [0, 4, 8, 12]) {
      const reader = new FrameReader(4096);
      const seen: string[] = [];
      const onFrame = (_type: number, _channel: number, payload: Buffer) => {
        if (payload.toString() === "a") throw new Error("no");
        seen.push(payload.toString());
      };
      const bytes = Buffer.concat([frame(1, 1, "a"), frame(1, 1, "b")]);
      let thrown: unknown;
      for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        try {
          reader.push(chunk, onFrame);
        } catch (error) {
          thrown = error;
        }
      }
      expect(thrown).toEqual(new Error("no"));
      reader.push(frame(1, 1, "c"), onFrame);
      expect(seen, `cut at ${cut}`).toEqual(["b", "c"]);
    }
  });

  it("copies each byte of a large frame only a few times, however small the chunks", () => {
    const allocate = vi.spyOn(Buffer, "allocUnsafe");
    try {
      const size = 1_000_000;
      const bytes = frame(3, 1, Buffer.alloc(size));
      const { seen, push } = collect(2 ** 24);
      allocate.mockClear();
      for (let at = 0; at < bytes.length; at += 16) push(bytes.subarray(at, at + 16));
      expect(seen).toHaveLength(1);
      const allocated = allocate.mock.calls.reduce((sum, [count]) => sum + count, 0);
      expect(allocated).toBeGreaterThan(size);
      expect(allocated).toBeLessThan(4 * size);
    } finally {
      allocate.mockRestore();
    }
  });

  it("allocates only memory for bytes that have arrived, whatever size is announced", () => {
    const { push } = collect(2 ** 31);
    const before = process.memoryUsage().arrayBuffers;
    const prefix = frame(3, 1, "").subarray(0, 7);
    prefix.writeUInt32BE(2 ** 30, 3);
    push(prefix);
    push(Buffer.alloc(100_000));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});
