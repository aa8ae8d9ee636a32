/** Basic properties both ways, and the short look that a broker takes at them. */
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { longString, readTable } from "./field-table.ts";
import { type BasicProperties, decodeProperties, encodeProperties, propertyFlag } from "./properties.ts";
import { scanProperties } from "./scan-properties.ts";

const all: Required<BasicProperties> = {
  contentType: "application/json",
  contentEncoding: "utf-8",
  headers: new Map([["trace", longString("grüße")]]),
  deliveryMode: 2,
  priority: 9,
  correlationId: "c-1",
  replyTo: "réponses",
  expiration: "60000",
  messageId: "m-1",
  timestamp: 1_700_000_000,
  type: "order",
  userId: "guest",
  appId: "tests",
  clusterId: "c",
};

const malformed = expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode: 502 });

/** Each property alone, no property, all, and all except one. */
const combinations: [string, BasicProperties][] = [
  ["no property", {}],
  ["every property", all],
  ...Object.entries(all).map(([name, value]): [string, BasicProperties] => [`only ${name}`, { [name]: value }]),
  ...Object.keys(all).map((name): [string, BasicProperties] => {
    const { [name as keyof BasicProperties]: _, ...others } = all;
    return [`every property but ${name}`, others];
  }),
];

describe("basic properties", () => {
  it.each(combinations)("are read as they were written: %s", (_, properties) => {
    const bytes = encodeProperties(properties);
    expect(decodeProperties(bytes)).toEqual(properties);
    expect(encodeProperties(decodeProperties(bytes))).toEqual(bytes);
  });

  it("have the same values when scanned, and the headers as bytes", () => {
    for (const [what, properties] of combinations) {
      const { headers, hasTimestamp, ...scanned } = scanProperties(encodeProperties(properties));
      expect(headers && readTable(new ByteReader(headers)), what).toEqual(properties.headers);
      expect(hasTimestamp, what).toBe(properties.timestamp !== undefined);
      const { deliveryMode, priority, replyTo, expiration, userId } = properties;
      expect(scanned, what).toEqual({ deliveryMode, priority, replyTo, expiration, userId });
    }
  });

  it("have a flag each", () => {
    const flags = Object.values(propertyFlag);
    expect(flags).toHaveLength(14);
    expect(flags.reduce((sum, flag) => sum | flag, 0)).toBe(0xfffc);
  });

  it("keep a timestamp that a number cannot hold", () => {
    const timestamp = 2n ** 64n - 1n;
    expect(decodeProperties(encodeProperties({ timestamp }))).toEqual({ timestamp });
  });

  it("may have the one flag that RabbitMQ ignores", () => {
    expect(decodeProperties(Buffer.from([0, 2]))).toEqual({});
    expect(scanProperties(Buffer.from([0, 2])).deliveryMode).toBeUndefined();
  });

  const whole = encodeProperties(all);
  it.each([
    ["no flags", Buffer.alloc(0)],
    ["half the flags", Buffer.from([0x80])],
    ["a second word of flags", Buffer.from([0, 1, 0, 0])],
    ["bytes after the last property", Buffer.concat([whole, Buffer.from([0])])],
    ["a property without bytes", Buffer.from([0x80, 0])],
    ["a string that is not UTF-8", Buffer.from([0x80, 0, 1, 0xff])],
    ["headers of an unknown type", Buffer.from("2000000000030161 5a".replace(" ", ""), "hex")],
  ])("are refused, decoded or scanned, with %s", (_, bytes) => {
    expect(() => decodeProperties(bytes)).toThrow(malformed);
    expect(() => scanProperties(bytes)).toThrow(malformed);
  });

  it("are refused, decoded or scanned, when they are cut at any position", () => {
    for (let size = 0; size < whole.length; size++) {
      expect(() => decodeProperties(whole.subarray(0, size)), `cut at ${size}`).toThrow(malformed);
      expect(() => scanProperties(whole.subarray(0, size)), `cut at ${size}`).toThrow(malformed);
    }
  });
});
