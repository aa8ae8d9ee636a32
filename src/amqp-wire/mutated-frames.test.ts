/** Frames that a seed makes wrong: reading any of them ends with a value or with a FrameError. */
import { describe, expect, it } from "vitest";
import { mutatedFrame } from "../../scripts/fuzz/mutated-frames.ts";
import { readRecordedFrames } from "../../test/vectors/recorded-frames.ts";
import { seededRandom } from "../testing/random.ts";
import { ByteWriter } from "./byte-writer.ts";
import { frameType } from "./constants.ts";
import { ContentAssembler } from "./content-assembler.ts";
import { FrameError } from "./errors.ts";
import { FrameReader } from "./frame-reader.ts";
import { decodeMethod, encodeMethod, hasContent, methodId } from "./methods.ts";
import { decodeProperties, encodeProperties } from "./properties.ts";
import { scanProperties } from "./scan-properties.ts";

const corpus = readRecordedFrames().map(({ bytes }) => bytes);

/** A channel's half of a broker: everything that can be read is read. */
class Receiver {
  /** How frames ended: `read`, or the reply code of what was refused. */
  readonly ends = new Map<string, number>();
  readonly #assembler = new ContentAssembler(1_000_000);

  receive(type: number, payload: Buffer): void {
    try {
      this.#read(type, payload);
      this.count("read");
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.count(String(error.replyCode));
    }
  }

  count(end: string): void {
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
  }

  #read(type: number, payload: Buffer): void {
    if (type === frameType.method) {
      this.#assembler.method();
      const method = decodeMethod(payload);
      const again = encoded(method);
      expect(encoded(decodeMethod(again)).equals(again)).toBe(true);
      if (hasContent(method.name)) this.#assembler.begin(methodId(method.name).classId);
    } else if (type !== frameType.heartbeat) {
      const content = type === frameType.header ? this.#assembler.header(payload) : this.#assembler.body(payload);
      if (type === frameType.header && payload.length >= 12) compareProperties(payload.subarray(12));
      if (content) scanProperties(content.properties);
    }
  }
}

function encoded(method: Parameters<typeof encodeMethod>[1]): Buffer {
  const writer = new ByteWriter();
  encodeMethod(writer, method);
  return writer.cut();
}

/** Scanning and decoding agree on what is refused, and what is decoded can be written. */
function compareProperties(bytes: Buffer): void {
  const [scanned, decoded] = [scanProperties, decodeProperties].map((read) => {
    try {
      return read(bytes);
    } catch (error) {
      if (error instanceof FrameError) return error.message;
      throw error;
    }
  });
  if (typeof decoded === "string") expect(scanned).toBe(decoded);
  else expect(decodeProperties(encodeProperties(decoded as ReturnType<typeof decodeProperties>))).toEqual(decoded);
}

describe("mutated frames", () => {
  it("are read or refused with a FrameError, twenty thousand of them, in chunks of any size", () => {
    const random = seededRandom(20_261_123);
    const receiver = new Receiver();
    let reader = new FrameReader(131_072);
    for (let count = 0; count < 20_000; count++) {
      const bytes = mutatedFrame(random, corpus);
      try {
        const cut = Math.floor(random() * bytes.length);
        for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
          reader.push(chunk, (type, _channel, payload) => receiver.receive(type, payload));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
        receiver.count("no frame");
        reader = new FrameReader(131_072);
      }
    }
    // All kinds of ends happened, so the mutations are not too coarse and not too fine.
    for (const end of ["read", "502", "503", "505", "no frame"]) {
      expect(receiver.ends.get(end), end).toBeGreaterThan(100);
    }
  });
});
