/** What RabbitMQ and amqplib really sent: read as amqplib reads it, written again byte for byte. */
import { describe, expect, it } from "vitest";
import { type Decoded, type RecordedFrame, readRecordedFrames } from "../../test/vectors/recorded-frames.ts";
import { ByteWriter } from "./byte-writer.ts";
import { frameType } from "./constants.ts";
import type { FieldTable, FieldValue } from "./field-table.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import { decodeMethod, encodeMethod } from "./methods.ts";
import { decodeProperties, encodeProperties } from "./properties.ts";
import { scanProperties } from "./scan-properties.ts";

const recorded = readRecordedFrames();

/** Fields that the protocol reserves, by the names they had once. */
const reserved = ["ticket", "capabilities", "insist", "knownHosts", "outOfBand", "channelId", "clusterId"];

function split(chunks: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = [];
  const reader = new FrameReader(131_072);
  for (const chunk of chunks) {
    reader.push(chunk, (type, channel, payload) => {
      const writer = new ByteWriter();
      writer.uint8(type);
      writer.uint16(channel);
      writer.longString(payload);
      writer.uint8(0xce);
      frames.push(writer.cut());
    });
  }
  return frames;
}

function payloadOf({ bytes }: RecordedFrame): Buffer {
  return bytes.subarray(7, -1);
}

function framesOfType(type: number): readonly RecordedFrame[] {
  return recorded.filter(({ bytes }) => bytes[0] === type);
}

/** A value as amqplib decodes it. */
function asAmqplib(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return { octets: value.toString("hex") };
  if (value instanceof Map) return tableAsAmqplib(value as FieldTable);
  return value;
}

function tableAsAmqplib(table: FieldTable): Decoded {
  return Object.fromEntries(Array.from(table, ([name, value]) => [name, fieldAsAmqplib(value)]));
}

function fieldAsAmqplib(field: FieldValue): unknown {
  switch (field.type) {
    case "S":
      return field.value.toString("utf8");
    case "l":
      return Number(field.value);
    case "T":
      return { "!": "timestamp", value: Number(field.value) };
    case "D":
      return { "!": "decimal", value: { places: field.scale, digits: field.value } };
    case "A":
      return field.value.map(fieldAsAmqplib);
    case "V":
      return null;
    default:
      return asAmqplib(field.value);
  }
}

/** `QueueDeclareOk` from `queue.declare-ok`. */
function amqplibName(name: string): string {
  return name.replaceAll(/(?:^|[.-])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

describe("recorded frames", () => {
  it("come from a session that used nearly every method", () => {
    expect(new Set(recorded.map(({ method }) => method)).size).toBeGreaterThan(55);
    expect(recorded.length).toBeGreaterThan(120);
  });

  it("contain the methods and fields that amqplib reads in them", () => {
    for (const frame of framesOfType(frameType.method)) {
      const { name, ...fields } = decodeMethod(payloadOf(frame));
      expect(amqplibName(name)).toBe(frame.method);
      const expected = Object.entries(frame.fields ?? {}).filter(([field]) => !reserved.includes(field));
      const found = Object.entries(fields).map(([field, value]) => [field, asAmqplib(value)]);
      expect(Object.fromEntries(found), name).toEqual(Object.fromEntries(expected));
    }
  });

  it("contain the properties that amqplib reads in them", () => {
    const headers = framesOfType(frameType.header);
    expect(headers.length).toBeGreaterThan(4);
    for (const frame of headers) {
      const payload = payloadOf(frame);
      expect(payload.readUInt16BE(0)).toBe(60);
      expect(Number(payload.readBigUInt64BE(4))).toBe(frame.bodySize);
      const properties = decodeProperties(payload.subarray(12));
      const found = Object.entries(properties).map(([name, value]) => [name, asAmqplib(value)]);
      expect(Object.fromEntries(found)).toEqual(frame.properties);
      expect(scanProperties(payload.subarray(12)).expiration).toBe(properties.expiration);
    }
  });

  it("are written again byte for byte", () => {
    for (const frame of framesOfType(frameType.method)) {
      const writer = new FrameWriter();
      writer.method(frame.bytes.readUInt16BE(1), decodeMethod(payloadOf(frame)));
      expect(Buffer.concat(writer.take()).toString("hex"), frame.method).toBe(frame.bytes.toString("hex"));
    }
    for (const frame of framesOfType(frameType.header)) {
      const properties = payloadOf(frame).subarray(12);
      expect(encodeProperties(decodeProperties(properties)).toString("hex")).toBe(properties.toString("hex"));
    }
  });

  it("are decoded the same in the middle of a larger Buffer", () => {
    for (const frame of framesOfType(frameType.method)) {
      const payload = payloadOf(frame);
      const inside = Buffer.concat([Buffer.alloc(13, 0xff), payload, Buffer.alloc(7, 0xff)]);
      const method = decodeMethod(inside.subarray(13, 13 + payload.length));
      expect(method).toEqual(decodeMethod(payload));
      const writer = new ByteWriter();
      writer.uint8(1);
      encodeMethod(writer, method);
      expect(writer.cut().subarray(1).equals(payload)).toBe(true);
    }
  });

  it.each(["client", "broker"] as const)("of the %s are found in its stream, joined and in pieces", (from) => {
    const frames = recorded.filter((frame) => frame.from === from).map(({ bytes }) => bytes);
    const hex = frames.map((bytes) => bytes.toString("hex"));
    const stream = Buffer.concat(frames);
    const found = (chunks: readonly Buffer[]) => split(chunks).map((bytes) => bytes.toString("hex"));
    expect(found([stream])).toEqual(hex);
    for (const size of [1, 2, 7, 8, 1000]) {
      const count = Math.ceil(stream.length / size);
      const chunks = Array.from({ length: count }, (_, index) => stream.subarray(index * size, (index + 1) * size));
      expect(found(chunks), `chunks of ${size}`).toEqual(hex);
    }
  });

  it("are found when they are cut at any position, alone and joined to the next", () => {
    recorded.forEach(({ bytes }, index) => {
      const next = recorded[index + 1]?.bytes ?? Buffer.alloc(0);
      const glued = Buffer.concat([bytes, next]);
      const expected = glued.toString("hex");
      for (let cut = 0; cut <= bytes.length; cut++) {
        const found = Buffer.concat(split([glued.subarray(0, cut), glued.subarray(cut)]));
        if (found.toString("hex") !== expected) expect.fail(`frame ${index} cut at ${cut}`);
      }
    });
  });
});
