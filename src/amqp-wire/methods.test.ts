/** Every method both ways, from the table that describes them. */
import { describe, expect, it } from "vitest";
import { ByteWriter } from "./byte-writer.ts";
import { longString } from "./field-table.ts";
import { methodTable, type WireType } from "./method-table.ts";
import { decodeMethod, encodeMethod, hasContent, type Method, type MethodName, methodId } from "./methods.ts";

const names = Object.keys(methodTable) as MethodName[];

function payloadOf(method: Method): Buffer {
  const writer = new ByteWriter();
  encodeMethod(writer, method);
  return writer.cut();
}

/** A value of each type that differs from its neighbours of the same type. */
function valueFor(type: WireType, index: number, bits: number): unknown {
  switch (type) {
    case "bit":
      return ((bits >> index) & 1) === 1;
    case "octet":
      return 200 + index;
    case "short":
      return 60_000 + index;
    case "long":
      return 4_000_000_000 + index;
    case "longlong":
      return Number.MAX_SAFE_INTEGER - index;
    case "shortstr":
      return `text ${index} ü`;
    case "longstr":
      return Buffer.from([index, 0xff]);
    case "table":
      return new Map([["a", longString(String(index))]]);
  }
}

/** The method with a value in every field; `bits` says which of its bits are set. */
function filled(name: MethodName, bits: number): Method {
  const fields = Object.entries(methodTable[name][2] as Readonly<Record<string, WireType>>)
    .filter(([field]) => !field.startsWith("reserved"))
    .map(([field, type], index) => [field, valueFor(type, index, bits)]);
  return { name, ...Object.fromEntries(fields) } as Method;
}

const refused = (replyCode: number) => expect.objectContaining({ code: "ERR_AMQP_FRAME", replyCode });

describe("methods", () => {
  it.each(names)("%s is read as it was written", (name) => {
    for (const bits of [0, 0xffff, 0x5555, 0xaaaa, 0x3333]) {
      const method = filled(name, bits);
      const payload = payloadOf(method);
      expect(decodeMethod(payload)).toEqual(method);
      expect(payloadOf(decodeMethod(payload))).toEqual(payload);
      expect(payload.readUInt16BE(0)).toBe(methodId(name).classId);
      expect(payload.readUInt16BE(2)).toBe(methodId(name).methodId);
    }
  });

  it.each(names)("%s is refused when it is cut at any position or has an extra byte", (name) => {
    const payload = payloadOf(filled(name, 0xffff));
    for (let size = 0; size < payload.length; size++) {
      expect(() => decodeMethod(payload.subarray(0, size)), `cut at ${size}`).toThrow(refused(502));
    }
    expect(() => decodeMethod(Buffer.concat([payload, Buffer.from([0])]))).toThrow(refused(502));
  });

  it("have different numbers", () => {
    const ids = names.map((name) => `${methodId(name).classId}.${methodId(name).methodId}`);
    expect(new Set(ids).size).toBe(names.length);
  });

  it("pack consecutive bits into one byte, the first in the lowest bit", () => {
    const payload = payloadOf({
      name: "queue.declare",
      queue: "",
      passive: false,
      durable: true,
      exclusive: false,
      autoDelete: true,
      nowait: false,
      arguments: new Map(),
    });
    expect(payload.toString("hex")).toBe("0032000a 0000 00 0a 00000000".replaceAll(" ", ""));
  });

  it("ignore reserved fields and write zeros there", () => {
    const method = decodeMethod(Buffer.from("000a0028 012f 0178 01".replaceAll(" ", ""), "hex"));
    expect(method).toEqual({ name: "connection.open", virtualHost: "/" });
    expect(payloadOf(method).toString("hex")).toBe("000a0028012f0000");
  });

  it("ignore bits that belong to no field", () => {
    const method = decodeMethod(Buffer.from("003c0050 0000000000000007 ff".replaceAll(" ", ""), "hex"));
    expect(method).toEqual({ name: "basic.ack", deliveryTag: 7, multiple: true });
  });

  it("round a delivery tag that a number cannot hold", () => {
    const method = decodeMethod(Buffer.from("003c0050 ffffffffffffffff 00".replaceAll(" ", ""), "hex"));
    expect(method).toEqual({ name: "basic.ack", deliveryTag: 2 ** 64, multiple: false });
  });

  it.each(["003c0063", "00630001", "00000000", "ffffffff"])("that are unknown are refused with 503: %s", (hex) => {
    expect(() => decodeMethod(Buffer.from(hex, "hex"))).toThrow(refused(503));
  });

  it("refuse to write a name that is too long", () => {
    const method: Method = { name: "basic.cancel", consumerTag: "x".repeat(256), nowait: false };
    expect(() => payloadOf(method)).toThrow(refused(502));
  });

  it("that carry content are the four known ones", () => {
    expect(names.filter(hasContent)).toEqual(["basic.publish", "basic.return", "basic.deliver", "basic.get-ok"]);
  });
});
