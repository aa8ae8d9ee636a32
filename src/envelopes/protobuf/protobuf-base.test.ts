/** ProtobufBase with messages that Python builds and reads, in the form of every library. */
import { createHash } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  type DataVector,
  libraryForms,
  type MessageVector,
  normalForm,
  type ParsedProtobufVector,
  protobufVectors,
  schemas,
} from "../../../test/vectors/protobuf-vectors.ts";
import { fromTagged } from "../../../test/vectors/python-vectors.ts";
import type { BuiltPayload, ParsedMessage } from "../../service/envelope.ts";
import { Service } from "../../service/service.ts";
import type { ProtoClass, ProtoFunctions } from "./proto-class.ts";
import { ProtobufBase, type ProtobufBaseMessage, type ProtobufBaseOptions } from "./protobuf-base.ts";
import { readSnsSqsMessage, writeSnsSqsMessage } from "./sns-sqs-message.ts";
import { doubleField, lengthField, textField } from "./wire-writer.ts";

/** Payloads that Python accepts and this package refuses, each with the reason. */
const REFUSED_HERE: Readonly<Record<string, string>> = {
  "unknown data_encoding": "Python hands over an empty message as if nothing had been sent; here it is dead-lettered",
  "empty data_encoding": "nothing says how to read the data; Python hands over an empty message",
  "empty payload": "it is not this envelope; Python hands over an empty message",
  "no metadata": "it is not this envelope; Python hands over an empty message",
  "validator with unknown encoding sees the empty message": "the same: no validator sees what nobody can read",
};

describe.each(libraryForms)("with messages of $library", ({ classes, exact }) => {
  describe("building", () => {
    for (const vector of protobufVectors.cases) {
      it(`builds the same message as Python: ${vector.name}`, () => {
        const theirs = readSnsSqsMessage(Buffer.from(vector.payload, "base64"));
        const protoClass = classOf(classes, vector.input.message);
        const message = ProtobufBase.parseMessage(Buffer.from(vector.payload), { protoClass }) as Parsed;
        const built = build(message.message.data, vector.topic, vector.service, protoClass);
        const ours = readSnsSqsMessage(Buffer.from(String(built.payload), "base64"));
        const { timestamp, message_uuid, data_encoding, ...metadata } = theirs.metadata;
        expect(ours.service).toEqual(theirs.service);
        expect(ours.metadata).toMatchObject({ ...metadata, data_encoding });
        expect(ours.metadata.message_uuid).toMatch(new RegExp(`^${vector.service.uuid}\\.[0-9a-f-]{36}$`));
        expect(built.messageUuid).toBe(ours.metadata.message_uuid);
        expect(built.timestamp).toBe(Math.floor(ours.metadata.timestamp));
        const written = data_encoding === "proto" ? ours.data : inflateSync(ours.data);
        const bytes = exact ? written : normalForm(vector.input.message, written);
        expect(createHash("sha256").update(bytes).digest("hex")).toBe(vector.input.serialized_sha256);
        // With Python's uuid and time, the whole payload is equal byte for byte.
        const same = { ...ours, metadata: { ...ours.metadata, timestamp, message_uuid } };
        if (data_encoding === "proto")
          expect(writeSnsSqsMessage(same, bytes).toString("base64") === vector.payload).toBe(true);
      });
    }
  });

  describe("reading", () => {
    for (const { name, payload, parsed, input } of protobufVectors.cases) {
      it(`reads a message that Python built: ${name}`, () => {
        const protoClass = classOf(classes, input.message);
        expectParsed(parse(payload, { protoClass }), parsed, protoClass);
      });
    }

    for (const { name, payload, proto_class, result, error } of protobufVectors.parse_only) {
      const reason = REFUSED_HERE[name];
      const refused = error !== undefined || reason !== undefined;
      it(`${refused ? "refuses" : "reads"} as ${reason ? "listed above" : "Python does"}: ${name}`, () => {
        const protoClass = proto_class === null ? undefined : classOf(classes, proto_class);
        if (refused || result === undefined) expectUnreadable(payload, { protoClass });
        else expectParsed(parse(payload, { protoClass }), result, protoClass);
      });
    }
  });

  describe("the validator", () => {
    for (const { name, payload, proto_class, result, error, validator_was_called_with } of protobufVectors.validators) {
      if (REFUSED_HERE[name] !== undefined) continue;
      it(`is called the way Python calls it: ${name}`, () => {
        const protoClass = proto_class === null ? undefined : classOf(classes, proto_class);
        const seen: unknown[] = [];
        const validator = (message: unknown): void => {
          seen.push(message);
          if (error) throw new RangeError("the validator says no");
        };
        const run = (): Parsed => parse(payload, { protoClass, validator });
        if (error) expect(run).toThrow(new RangeError("the validator says no"));
        else expect(Buffer.isBuffer(run().message.data)).toBe(result === "bytes");
        expect(seen.map((message) => message === null)).toEqual([validator_was_called_with[0] === "NoneType"]);
      });
    }
  });

  it("is checked at the start", () => {
    for (const protoClass of Object.values(classes)) {
      expect(() => ProtobufBase.validate?.({ protoClass })).not.toThrow();
      expect(() => ProtobufBase.validate?.({ protoClass, validator: () => true })).not.toThrow();
    }
  });

  it("publishes a plain object, and refuses one that does not match the schema", () => {
    const protoClass = classOf(classes, "interop.depot.Parcel");
    const { payload } = build({ label: "x", tags: ["a"] }, "t", sender, protoClass);
    expect(parse(String(payload), { protoClass }).message.data).toMatchObject({ label: "x", tags: ["a"] });
    for (const [data, said] of [
      [{ lable: "x" }, /"label"/],
      [{ label: 5 }, /label/],
      [{ tags: "abc" }, /tags/],
      [{ weightGrams: "heavy" }, /weightGrams/],
      [{ insured: 1 }, /insured/],
    ] as const) {
      expectUnbuildable(() => build(data, "t", sender, protoClass), said);
    }
  });

  it("refuses values that are not a message", () => {
    const alike: Readonly<Record<string, unknown>> = {
      dict: { k: 1 },
      string: "text",
      bytes: Buffer.from("bytes"),
      null: null,
    };
    expect(Object.keys(alike)).toEqual(protobufVectors.build_errors.map(({ name }) => name));
    for (const data of [...Object.values(alike), undefined, 5, [], new Date(0), new Map([["label", "x"]])]) {
      expectUnbuildable(() => build(data, "t", sender, undefined));
      expectUnbuildable(() => build(data, "t", sender, classOf(classes, "interop.depot.Parcel")));
    }
  });

  it("reads hostile member names without changing a prototype", () => {
    const protoClass = classOf(classes, "interop.depot.Parcel");
    const entry = [...textField(1, "__proto__"), Buffer.from([0x10, 5])];
    const bytes = Buffer.concat(lengthField(13, Buffer.concat(entry)));
    parse(wrap(bytes, "proto"), { protoClass });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe("messages that contain their own type", () => {
  it.each(["protobufjs (generated)", "protobufjs (class)"])("are published without protoClass: %s", (library) => {
    const classes = libraryForms.find((form) => form.library === library)?.classes ?? {};
    const type = classOf(classes, "interop.depot.Place") as unknown as new (data: object) => object;
    const { payload } = build(new type({ city: "Umeå" }), "t", sender, undefined);
    const read = parse(String(payload), { protoClass: type as unknown as ProtoClass });
    expect(read.message.data).toMatchObject({ city: "Umeå" });
    expectUnbuildable(
      () => build(new type({ city: "Umeå" }), "t", sender, classOf(classes, "interop.depot.Parcel")),
      /Place.*Parcel/,
    );
  });

  it("need a schema if they are of protobuf-es, and must have that schema", () => {
    const place = { $typeName: "interop.depot.Place", city: "x" };
    expectUnbuildable(() => build(place, "t", sender, undefined), /"interop.depot.Place" is unknown. Set protoClass/);
    expectUnbuildable(() => build(place, "t", sender, schemas["interop.depot.Parcel"]), /Place.*must be.*Parcel/);
  });
});

describe("the start", () => {
  const instance = { $typeName: "interop.depot.Parcel", label: "" };
  const { interopPlace } = { interopPlace: libraryForms[1]?.classes["interop.depot.Place"] };
  it.each([
    ["no protoClass", undefined, /needs protoClass on each handler/],
    ["a class that is not a message", class Orders {}, /a function or class "Orders"/],
    ["null", null, /but is null/],
    ["a message of protobuf-es", instance, /a message of "interop.depot.Parcel"; write its schema/],
    ["a message of protobufjs", new (interopPlace as unknown as new () => object)(), /a message; write its class/],
    ["a string", "Parcel", /but is a string/],
    ["a list", [], /but is an array/],
    ["an object", {}, /an object \(Object\)/],
    ["an object without prototype", Object.create(null), /without prototype/],
  ])("refuses %s", (_name, protoClass, said) => {
    const validate = (): void => ProtobufBase.validate?.({ protoClass: protoClass as never });
    expect(validate).toThrow(
      expect.objectContaining({ code: "ERR_CONFIGURATION", message: expect.stringMatching(said) }),
    );
  });

  it("checks what Python checks at its start", () => {
    const known = ["no proto_class", "a message class", "a non-message class", "null", "an instance"];
    expect(protobufVectors.registration_checks.map(({ name }) => name)).toEqual([
      ...known,
      "message class and validator",
    ]);
  });

  it("refuses a validator that is not a function, and limits that are not numbers", () => {
    const protoClass = schemas["interop.depot.Parcel"];
    for (const options of [
      { validator: "x" },
      { validator: null },
      { maxDataBytes: 0 },
      { maxPayloadBytes: 1.5 },
      { maxValues: 0 },
    ]) {
      const validate = (): void => ProtobufBase.validate?.({ protoClass, ...options } as never);
      expect(validate).toThrow(expect.objectContaining({ code: "ERR_CONFIGURATION" }));
    }
  });
});

describe("a sender", () => {
  for (const { name, service_attributes, payload, service, message_uuid_prefix } of protobufVectors.service_variants) {
    // Here a service has a string or nothing; Python writes the word None.
    const prefix = message_uuid_prefix === "None" ? "" : message_uuid_prefix;
    it(`with ${name} is written as Python writes it`, () => {
      const theirs = readSnsSqsMessage(Buffer.from(payload, "base64"));
      const protoClass = classOf(schemas, "interop.depot.Parcel");
      const { data } = parse(payload, { protoClass }).message;
      const ours = readSnsSqsMessage(
        Buffer.from(String(build(data, "t", service_attributes, protoClass).payload), "base64"),
      );
      expect(ours.service).toEqual(service);
      expect(theirs.service).toEqual(service);
      expect(ours.metadata.message_uuid.replace(/\.[^.]*$/, "")).toBe(prefix);
      expect(ours.data).toEqual(theirs.data);
    });
  }
});

describe("reading wrong payloads", () => {
  const protoClass = schemas["interop.depot.Parcel"];

  it("refuses compressed data that grows beyond the limit, which is 64 MiB by default", () => {
    const bomb = deflateSync(Buffer.alloc(65 * 1024 * 1024));
    for (const [data, encoding] of [
      [bomb, "gzip_proto"],
      [Buffer.from(bomb.toString("base64")), "base64_gzip_proto"],
    ] as const) {
      expect(expectUnreadable(wrap(data, encoding), { protoClass }).message).toContain("more than 67108864");
    }
    const small = deflateSync(Buffer.concat(textField(1, "0123456789")));
    expect(expectUnreadable(wrap(small, "gzip_proto"), { protoClass, maxDataBytes: 11 }).message).toContain(
      "Raise maxData",
    );
    expect(parse(wrap(small, "gzip_proto"), { protoClass, maxDataBytes: 12 }).message.data).toMatchObject({
      label: "0123456789",
    });
  });

  it("refuses a payload beyond its limit", () => {
    const payload = wrap(Buffer.alloc(0), "proto");
    expect(expectUnreadable(payload, { protoClass, maxPayloadBytes: payload.length - 1 }).message).toContain(
      "Raise maxP",
    );
    expect(() => parse(payload, { protoClass, maxPayloadBytes: payload.length })).not.toThrow();
  });

  it("refuses with the reason of a rejecting validator, and waits for a validator that is async", async () => {
    const payload = wrap(Buffer.alloc(0), "proto");
    const reject = async (): Promise<void> => Promise.reject(new Error("no"));
    await expect(ProtobufBase.parseMessage(Buffer.from(payload), { protoClass, validator: reject })).rejects.toThrow(
      "no",
    );
    const accept = async (): Promise<boolean> => true;
    const read = await ProtobufBase.parseMessage(Buffer.from(payload), { protoClass, validator: accept });
    expect(read.message.data).toMatchObject({ label: "" });
  });

  it("refuses groups, field numbers and lengths that no writer produces, whatever their bytes are", () => {
    const metadata = lengthField(2, Buffer.concat(textField(5, "raw")));
    const broken = {
      "an unclosed group": [0x5b, 0x08, 0x01],
      "a group closed twice": [0x5c],
      "groups in groups": Array.from({ length: 200 }, () => 0x5b),
      "field 0": [0x02, 0x00],
      "wire type 6": [0x0e],
      "wire type 7": [0x0f],
      "a length beyond the end": [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
      "a number without end": Array.from({ length: 11 }, () => 0xff),
      "a cut double": [...(lengthField(2, Buffer.from([0x19, 1, 2]))[2] ?? []), 0x12, 0x03, 0x19, 1, 2],
      "a string that is no UTF-8": [0x0a, 0x03, 0x0a, 0x01, 0xff],
    };
    for (const [name, bytes] of Object.entries(broken)) {
      const payload = Buffer.concat([...metadata, Buffer.from(bytes)]).toString("base64");
      expect(expectUnreadable(payload, { protoClass }).message, name).toContain("ProtobufBase");
    }
    const group = Buffer.concat([...metadata, Buffer.from([0x5b, 0x08, 0x01, 0x63, 0x0c, 0x5c, 0x60, 0x05])]);
    expect(parse(group.toString("base64"), { protoClass }).message.metadata.data_encoding).toBe("raw");
  });

  it("ignores fields of another wire type", () => {
    const bytes = Buffer.concat([
      Buffer.from([0x08, 0x01, 0x10, 0x01, 0x18, 0x01]),
      ...lengthField(2, Buffer.concat([Buffer.from([0x08, 0x05, 0x18, 0x05]), ...textField(5, "raw")])),
    ]);
    const { message } = parse(bytes.toString("base64"), { protoClass });
    expect(message.metadata).toMatchObject({ message_uuid: "", timestamp: 0, data_encoding: "raw" });
  });

  it("reads or refuses every payload that was cut or has a changed byte", () => {
    const whole = Buffer.from(wrap(Buffer.concat(textField(1, "some text")), "proto"), "base64");
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      for (const bytes of [whole.subarray(0, at), changed]) {
        try {
          parse(bytes.toString("base64"), { protoClass });
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_ENVELOPE_UNREADABLE" });
        }
      }
    }
  });
});

type Parsed = ParsedMessage<ProtobufBaseMessage>;

class Sender extends Service {
  name = "sender";
}
const sender = { name: "sender", uuid: "u" };

function classOf(classes: Readonly<Record<string, unknown>>, name: string): ProtoClass {
  const found = classes[name];
  if (found === undefined) throw new Error(`no class for ${name}`);
  return found as ProtoClass;
}

/** Builds a message for a service with exactly these attributes. */
function build(data: unknown, topic: string, attributes: object, protoClass: unknown): BuiltPayload {
  const service = Object.assign(new Sender(), { name: undefined, uuid: undefined }, attributes) as unknown as Sender;
  return ProtobufBase.buildMessage(
    service,
    topic,
    data,
    protoClass === undefined ? {} : { protoClass: protoClass as never },
  );
}

function parse(payload: string, options: ProtobufBaseOptions): Parsed {
  return ProtobufBase.parseMessage(Buffer.from(payload), options) as Parsed;
}

function wrap(data: Buffer, encoding: string): string {
  const metadata = [...doubleField(3, 1.5), ...textField(5, encoding)];
  return Buffer.concat([...lengthField(2, Buffer.concat(metadata)), ...lengthField(3, data)]).toString("base64");
}

function expectUnreadable(payload: string, options: ProtobufBaseOptions): Error {
  let error: unknown;
  try {
    parse(payload, options);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ code: "ERR_ENVELOPE_UNREADABLE" });
  return error as Error;
}

function expectUnbuildable(build: () => unknown, said = /./): void {
  expect(build).toThrow(
    expect.objectContaining({ code: "ERR_ENVELOPE_UNBUILDABLE", message: expect.stringMatching(said) }),
  );
}

function expectParsed(parsed: Parsed, vector: ParsedProtobufVector, protoClass: ProtoClass | undefined): void {
  const { timestamp, ...texts } = vector.metadata;
  const { message } = parsed;
  expect(message.service).toEqual(vector.service);
  expect(message.metadata).toEqual({ ...texts, timestamp: fromTagged(timestamp as never) });
  expect(parsed.timestamp).toBe(fromTagged(vector.timestamp));
  expect(parsed.messageUuid ?? "").toBe(vector.message_uuid);
  expectData(message.data, vector.data, protoClass);
}

function expectData(data: unknown, vector: DataVector, protoClass: ProtoClass | undefined): void {
  if (vector.kind === "bytes") {
    expect(Buffer.isBuffer(data)).toBe(true);
    expect(
      createHash("sha256")
        .update(data as Buffer)
        .digest("hex"),
    ).toBe(vector.sha256);
    return;
  }
  if (protoClass === undefined) throw new Error("a message without protoClass");
  const written = "kind" in protoClass ? toBinary(protoClass as never, data as never) : encoded(protoClass, data);
  const bytes = normalForm(vector.message, written);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(vector.serialized_sha256);
  expectCanonical(bytes, vector);
}

function encoded(protoClass: ProtoFunctions, data: unknown): Uint8Array {
  return protoClass.encode(data as never).finish();
}

/** Expects that the bytes have the same content as Python's JSON of the message. */
function expectCanonical(bytes: Uint8Array, { message, canonical_json_camel }: MessageVector): void {
  const schema = schemas[message];
  if (!schema || canonical_json_camel === undefined) return;
  expect(Buffer.from(toBinary(schema, fromJson(schema, canonical_json_camel as JsonObject)))).toEqual(
    Buffer.from(bytes),
  );
}
