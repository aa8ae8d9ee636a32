/** A copy has every byte of the original but those that would lose it. */
import { describe, expect, it } from "vitest";
import { readRecordedFrames } from "../../../test/vectors/recorded-frames.ts";
import { ByteWriter } from "../../amqp-wire/byte-writer.ts";
import { decodeText, encodeText } from "../../amqp-wire/escaped-text.ts";
import { copyProperties, isHeaderName, readHeaderEntries } from "./copy-properties.ts";
import { readProperties, writeProperties } from "./message-properties.ts";
import { readPlainTable } from "./plain-table.ts";

/** Properties with a header table of these bytes, and a correlation id that is not UTF-8. */
function properties(table: Buffer): Buffer {
  const writer = new ByteWriter();
  writer.uint16(0x2000 | 0x0400 | 0x0100 | 0x0040 | 0x0010);
  writer.longString(table);
  for (const octets of [Buffer.from([0xff, 0, 0xfe]), Buffer.from("5000")]) {
    writer.uint8(octets.length);
    writer.bytes(octets);
  }
  writer.uint64(2n ** 64n - 1n);
  writer.shortString("somebody");
  return writer.cut();
}

/** A header: name, letter and bytes of its value. */
function header(name: string | Buffer, letter: string, octets: string): Buffer {
  const octetsOfName = Buffer.from(name);
  return Buffer.concat([
    Buffer.from([octetsOfName.length]),
    octetsOfName,
    Buffer.from(letter),
    Buffer.from(octets, "hex"),
  ]);
}

const odd = Buffer.concat([
  header("big", "l", "7fffffffffffffff"),
  header("Big", "L", "0000019369f0d000"),
  header("nan", "d", "7ff8000000000001"),
  header("price", "D", "ff".repeat(5)),
  header("when", "T", "ff".repeat(8)),
  header("binary", "S", "00000003ff00fe"),
  header("!", "S", "0000000178"),
  header(Buffer.from([0xff, 0xfe]), "V", ""),
  header("deep", "F", "000000090161460000000161ff".slice(0, 26)),
]);

describe("a copy of properties", () => {
  it("keeps every header value byte for byte, and adds ours", () => {
    const raw = properties(odd);
    const { entries, complete } = readHeaderEntries(raw);
    expect(complete).toBe(true);
    const copy = copyProperties(raw, { keep: entries, add: { "x-tomodachi-reason": "test" } });
    const again = readHeaderEntries(copy).entries;
    expect(again.slice(0, -1)).toEqual(entries);
    expect(again.at(-1)?.name).toBe("x-tomodachi-reason");
    expect(copy.includes(odd)).toBe(true);
  });

  it("keeps ids byte for byte, is persistent, and has no expiration and no user id", () => {
    const raw = properties(odd);
    const copied = readProperties(copyProperties(raw, { keep: [], add: {} })).properties;
    const original = readProperties(raw).properties;
    expect(copied).toEqual({ ...original, deliveryMode: 2, expiration: undefined, userId: undefined });
    expect(encodeText(copied.correlationId ?? "")).toEqual(Buffer.from([0xff, 0, 0xfe]));
  });

  it("has the headers before one that cannot be read", () => {
    const table = Buffer.concat([header("a", "I", "00000001"), header("b", "?", ""), header("c", "t", "01")]);
    const { entries, complete } = readHeaderEntries(properties(table));
    expect([entries.map(({ name }) => name), complete]).toEqual([["a"], false]);
  });

  it("can be made of bytes that are not valid properties", () => {
    for (const raw of [Buffer.alloc(0), Buffer.from([0xff, 0xff]), Buffer.from([0x20, 0, 0xff, 0xff, 0xff, 0xff])]) {
      const { entries } = readHeaderEntries(raw);
      const copy = copyProperties(raw, { keep: entries, add: { why: "odd" } });
      const { properties, headers } = readProperties(copy);
      expect([properties.deliveryMode, readPlainTable(headers as Buffer)]).toEqual([2, { why: "odd" }]);
    }
  });

  it("of every recorded message differs only in the omitted fields", () => {
    for (const { bytes } of readRecordedFrames().filter(({ bytes }) => bytes[0] === 2)) {
      const raw = bytes.subarray(19, -1);
      const copied = readProperties(copyProperties(raw, { keep: readHeaderEntries(raw).entries, add: {} }));
      const original = readProperties(raw);
      expect(copied.properties).toEqual({
        ...original.properties,
        deliveryMode: 2,
        expiration: undefined,
        userId: undefined,
      });
      if (original.headers) expect(copied.headers).toEqual(original.headers);
    }
  });
});

describe("a string", () => {
  it.each(["", "abc", "grüße", "00ff", "ff", "c3", "e282", "f09f98", "61ff62c3bc", "eda080", "80".repeat(300)])(
    "of the bytes %s is copied exactly",
    (hex) => {
      const octets = /^[0-9a-f]+$/.test(hex) && hex.length % 2 === 0 ? Buffer.from(hex, "hex") : Buffer.from(hex);
      expect(encodeText(decodeText(octets)).equals(octets)).toBe(true);
    },
  );
});

describe("properties", () => {
  it("are read exactly as they were written", () => {
    const writer = new ByteWriter();
    const headers = {
      text: "grüße",
      list: [1, "a", null, 1.5],
      table: { big: 2n ** 62n },
      bytes: Buffer.from([1, 2]),
      yes: true,
    };
    writeProperties(writer, { persistent: true, headers, messageId: "m", timestamp: 17, priority: 255, expiration: 5 });
    const read = readProperties(writer.cut());
    expect(read.properties).toMatchObject({
      deliveryMode: 2,
      messageId: "m",
      timestamp: 17,
      priority: 255,
      expiration: "5",
    });
    expect(readPlainTable(read.headers as Buffer)).toEqual(headers);
  });

  it.each<[string, unknown]>([
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a function", () => {}],
    ["an integer of more than 64 bits", 2n ** 63n],
    ["a symbol", Symbol("x")],
  ])("refuse %s in a header by name", (_, value) => {
    expect(() => writeProperties(new ByteWriter(), { headers: { value } })).toThrow(/AMQP cannot carry/);
  });
});

describe("a name that is not UTF-8", () => {
  it("is measured by its original bytes", () => {
    expect(isHeaderName(decodeText(Buffer.alloc(255, 0xe9)))).toBe(true);
    expect(isHeaderName(`${decodeText(Buffer.alloc(255, 0xe9))}x`)).toBe(false);
    expect(isHeaderName("é".repeat(128))).toBe(false);
  });
});
