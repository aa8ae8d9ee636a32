/** Values in protobuf bytes are counted before anything is created from them, with the messages of every library. */
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { libraryForms } from "../../../test/vectors/protobuf-vectors.ts";
import { countValues } from "./count-values.ts";
import { type ProtoClass, typeOf } from "./proto-class.ts";
import { ProtobufBase, type ProtobufBaseOptions } from "./protobuf-base.ts";
import { writeSnsSqsMessage } from "./sns-sqs-message.ts";
import { lengthField } from "./wire-writer.ts";

const MANY = 30_000;
const LIMIT = 25_000;
const none = Buffer.alloc(0);

const field = (number: number, bytes: Buffer): Buffer => Buffer.concat(lengthField(number, bytes));
const times = (count: number, bytes: Buffer): Buffer => Buffer.alloc(count * bytes.length, bytes);
/** Fields of interop.depot.Parcel by number: test/vectors/depot.proto. */
const bombs: Readonly<Record<string, Buffer>> = {
  "empty messages": times(MANY, field(15, none)),
  "empty texts in a message": field(14, times(MANY, field(2, none))),
  "empty texts": times(MANY, field(11, none)),
  "packed numbers": field(12, times(MANY, Buffer.from([0]))),
  "numbers one by one": times(MANY, Buffer.from([0x60, 0])),
  "an entry of a map": times(MANY / 2, field(13, field(1, none))),
  "unknown numbers": times(MANY, Buffer.from([0xa8, 1, 0])),
  "unknown bytes": times(MANY, field(21, none)),
  "unknown groups": times(MANY, Buffer.from([0xab, 1, 0xac, 1])),
  "unknown fields in a group": Buffer.concat([
    Buffer.from([0xab, 1]),
    times(MANY, field(3, none)),
    Buffer.from([0xac, 1]),
  ]),
  "fields behind a field that is broken": Buffer.concat([field(15, Buffer.from([0, 0])), times(MANY, field(15, none))]),
  "fields before the end in the middle of a field": Buffer.concat([
    times(MANY, field(15, none)),
    Buffer.from([0x0a, 9]),
  ]),
  "one message merged again and again": times(MANY, field(14, none)),
  "empty messages behind thousands of unknown fields": Buffer.concat([
    ...Array.from({ length: 6000 }, (_, at) => field(100 + at, Buffer.from([0x78, 1]))),
    times(MANY, field(15, none)),
  ]),
};

/** As large as the bombs above, but with only one or a few values. */
const harmless: Readonly<Record<string, Buffer>> = {
  "bytes that would be fields": field(9, times(MANY, Buffer.from([0x60, 0x20]))),
  "a string that would be fields": field(1, Buffer.alloc(MANY, " ")),
  "a string in a message": field(14, field(1, Buffer.alloc(MANY, " "))),
  "a string in a list": field(11, Buffer.alloc(MANY, " ")),
  "the key of a map": field(13, field(1, Buffer.alloc(MANY, " "))),
  "unknown bytes": field(21, Buffer.alloc(MANY, " ")),
  "large packed numbers": field(12, times(MANY / 10, Buffer.from([...Array(9).fill(0xff), 1]))),
};

describe.each(libraryForms)("with messages of $library", ({ classes }) => {
  const protoClass = classes["interop.depot.Parcel"] as ProtoClass;

  for (const [name, data] of Object.entries(bombs)) {
    it(`refuses ${name} beyond the limit`, () => {
      const refused = expect.objectContaining({
        code: "ERR_ENVELOPE_UNREADABLE",
        message: expect.stringContaining("contains more than 25000 values. Raise maxValues"),
      });
      expect(() => parse(data, "proto", { protoClass, maxValues: LIMIT })).toThrow(refused);
      expect(() => parse(deflateSync(data), "gzip_proto", { protoClass, maxValues: LIMIT })).toThrow(refused);
      const text = Buffer.from(deflateSync(data).toString("base64"));
      expect(() => parse(text, "base64_gzip_proto", { protoClass, maxValues: LIMIT })).toThrow(refused);
    });
  }

  for (const [name, data] of Object.entries(harmless)) {
    it(`reads ${name} with more bytes than the limit of values`, () => {
      expect(() => parse(data, "proto", { protoClass, maxValues: LIMIT })).not.toThrow();
    });
  }

  it("counts only fields and packed numbers, at every depth", () => {
    const type = typeOf(protoClass);
    if (type === undefined) throw new Error("no type");
    const decode = (bytes: Buffer): unknown => type.library.decode(type.protoClass, bytes);
    const data = Buffer.concat([
      field(1, Buffer.from("label")),
      field(12, Buffer.from([1, 2, 3])),
      field(14, field(2, Buffer.from("city"))),
    ]);
    expect(countValues(data, 100, decode)).toBe(3 + 3 + 1);
    expect(parse(data, "proto", { protoClass, maxValues: 7 })).toBeDefined();
    expect(() => parse(data, "proto", { protoClass, maxValues: 6 })).toThrow("more than 6 values");
  });
});

it("more than 250 000 values are refused by default", () => {
  const protoClass = libraryForms[0]?.classes["interop.depot.Parcel"] as ProtoClass;
  const data = times(250_001, field(15, none));
  expect(() => parse(data, "proto", { protoClass })).toThrow("more than 250000 values");
  expect(parse(data, "proto", { protoClass, maxValues: 250_001 })).toMatchObject({ stops: { length: 250_001 } });
});

it("passes raw bytes on without parsing them", () => {
  const protoClass = libraryForms[0]?.classes["interop.depot.Parcel"] as ProtoClass;
  expect(parse(times(MANY, field(15, none)), "raw", { protoClass })).toHaveLength(2 * MANY);
});

function parse(data: Buffer, data_encoding: string, options: ProtobufBaseOptions): unknown {
  const metadata = { message_uuid: "", protocol_version: "", timestamp: 0, topic: "", data_encoding };
  const payload = writeSnsSqsMessage({ service: { name: "", uuid: "" }, metadata }, data).toString("base64");
  return (ProtobufBase.parseMessage(Buffer.from(payload), options) as { message: { data: unknown } }).message.data;
}
