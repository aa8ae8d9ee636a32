/** JsonBase with messages that Python builds and reads, and with malformed payloads. */
import { createHash } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fromTagged, type ParsedVector, pythonVectors, vectorValue } from "../../test/vectors/python-vectors.ts";
import type { BuiltPayload, ParsedMessage } from "../service/envelope.ts";
import { Service } from "../service/service.ts";
import { JsonBase, type JsonBaseMessage, type JsonBaseOptions } from "./json-base.ts";
import { toPythonJson } from "./python-json.ts";

const { json_build, json_parse } = pythonVectors;

/** Payloads that Python accepts and this package refuses, each with the reason. */
const REFUSED_HERE: Readonly<Record<string, string>> = {
  "unknown data_encoding": "Python hands over null as if nothing had been sent; here the message is dead-lettered",
  "empty data_encoding": "nothing says how to read the data; Python hands over null",
  "no metadata": "it is not this envelope, but JSON of another system; Python hands over null",
  "empty object": "it is not this envelope, but JSON of another system; Python hands over null",
};

describe("building", () => {
  for (const vector of json_build.cases) {
    it(`builds the same message as Python: ${vector.name}`, () => {
      const data = vector.input ? vectorValue(vector.input) : vectorValue(vector.parsed.data);
      const built = build(data, vector.topic, vector.service);
      const { envelope, body } = takeApart(built.payload);

      expect(Object.keys(envelope)).toEqual(["service", "metadata", "data"]);
      expect(Object.keys(envelope.metadata)).toEqual([
        "message_uuid",
        "protocol_version",
        "compatible_protocol_versions",
        "timestamp",
        "topic",
        "data_encoding",
      ]);
      expect(envelope.service).toEqual(vector.service);
      expect(Object.keys(envelope.service)).toEqual(["name", "uuid"]);
      expect(envelope.metadata).toMatchObject({
        message_uuid: built.messageUuid,
        protocol_version: "tomodachi-json-base--1.0.0",
        compatible_protocol_versions: ["json_base-wip"],
        topic: vector.topic,
        data_encoding: vector.data_encoding,
      });
      expect(built.messageUuid).toMatch(new RegExp(`^${vector.service.uuid}\\.[0-9a-f-]{36}$`));
      expect(pythonDump(vector.data_encoding, body)).toEqual(expectedDump(vector.name, vector.python_json_sha256));
      expect(parse(built.payload).message.data).toStrictEqual(vectorValue(vector.parsed.data));
    });
  }

  for (const variant of json_build.service_variants) {
    it(`builds for a ${variant.name}`, () => {
      const { payload } = build({ k: 1 }, "lab.service", variant.service_attributes);
      const { message_uuid, ...metadata } = takeApart(payload).envelope.metadata;
      const expected = variant.built as unknown as Envelope;
      expect(takeApart(payload).envelope.service).toEqual(expected.service);
      expect(String(message_uuid).replace(/\.[^.]*$/, "")).toBe(variant.message_uuid_prefix);
      expect({ ...metadata, timestamp: 0 }).toEqual({ ...expected.metadata, message_uuid: undefined, timestamp: 0 });
    });
  }

  it("has a value of each kind that Python refuses to build, and refuses it as well", () => {
    const alike: Readonly<Record<string, unknown>> = { bytes: Buffer.from("x"), set: new Set([1]), object: () => 1 };
    expect(Object.keys(alike)).toEqual(json_build.build_errors.map(({ name }) => name));
    for (const value of Object.values(alike)) {
      expect(() => build(value)).toThrow(expect.objectContaining({ code: "ERR_ENVELOPE_UNBUILDABLE" }));
    }
  });

  it("writes the values of the envelope into the properties, in whole seconds", () => {
    const built = build({ k: 1 });
    const { metadata } = takeApart(built.payload).envelope;
    expect(built.contentType).toBe("application/json");
    expect(built.timestamp).toBe(Math.floor(Number(metadata.timestamp)));
    expect(Math.abs(Number(metadata.timestamp) - Date.now() / 1000)).toBeLessThan(5);
  });

  it("writes the timestamp as a float even at a full second", () => {
    expect(build(1).payload).toMatch(/"timestamp":\d+\.\d{3},/);
  });

  it("creates a new uuid for every message", () => {
    expect(build(1).messageUuid).not.toBe(build(1).messageUuid);
  });

  it("accepts any string as topic and as names", () => {
    const service = { name: 'a"b\\\n友', uuid: '"' };
    const { message } = parse(build(1, 'läge."友達"\n', service).payload);
    expect(message.service).toEqual(service);
    expect(message.metadata.topic).toBe('läge."友達"\n');
  });
});

describe("reading", () => {
  for (const vector of json_build.cases) {
    it(`reads a message that Python built: ${vector.name}`, () => {
      expectParsed(parse(vector.payload), vector.parsed);
    });
  }

  for (const vector of json_parse) {
    const reason = REFUSED_HERE[vector.name];
    const refused = vector.error !== undefined || reason !== undefined;
    it(`${refused ? "refuses" : "reads"} as ${reason ? "listed above" : "Python does"}: ${vector.name}`, () => {
      if (refused || vector.result === undefined) expectUnreadable(vector.payload);
      else expectParsed(parse(vector.payload), vector.result);
    });
  }

  it("reads a payload that Python refuses only if a reason is given", () => {
    const names = json_parse.map(({ name }) => name);
    for (const name of Object.keys(REFUSED_HERE)) expect(names).toContain(name);
  });

  it("uses a message uuid only if it is a string, and a timestamp only if it is a number", () => {
    const { message, messageUuid, timestamp } = parse(
      '{"metadata":{"message_uuid":7,"timestamp":"now","data_encoding":"raw"}}',
    );
    expect([messageUuid, timestamp]).toEqual([undefined, undefined]);
    expect(message.metadata).toMatchObject({ message_uuid: 7, timestamp: "now" });
  });

  it("reads compressed data of any size", () => {
    expect(parse(compressed('{"k": NaN}')).message.data).toEqual({ k: Number.NaN });
  });

  it("keeps members with names of Object's properties as plain data", () => {
    const { message } = parse(
      '{"metadata":{"data_encoding":"raw"},"data":{"__proto__":{"polluted":1},"n":NaN},"__proto__":{"x":1}}',
    );
    expect(Object.keys(message.data as object)).toEqual(["__proto__", "n"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect((message.data as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("ignores a __proto__ that was sent", () => {
    const { message } = parse('{"metadata":{"__proto__":{"message_uuid":"forged"},"data_encoding":"raw"},"data":1}');
    expect(message.metadata.message_uuid).toBeNull();
  });

  it.each([
    ["a byte order mark", Buffer.from('\ufeff{"metadata":{}}')],
    ["bytes that are not UTF-8", Buffer.concat([Buffer.from('{"data":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ["UTF-16", Buffer.from("{}", "utf16le")],
    ["nothing", Buffer.alloc(0)],
    ["a service that is a list", Buffer.from('{"service":[]}')],
    ["metadata that is text", Buffer.from('{"metadata":"x"}')],
    ["an encoding that is a number", Buffer.from('{"metadata":{"data_encoding":1}}')],
    ["an encoding that cannot be converted to a string", Buffer.from('{"metadata":{"data_encoding":{"toString":1}}}')],
    ["an encoding named like an inherited member", Buffer.from('{"metadata":{"data_encoding":"toString"}}')],
    [
      "compressed data that is a list",
      Buffer.from('{"metadata":{"data_encoding":"base64_gzip_json"},"data":["eJw="]}'),
    ],
  ])("refuses %s", (_name, payload) => {
    expectUnreadable(payload);
  });

  it.each([
    ["an object of another system", '{"orderId":1,"total":5}'],
    ["an object with data", '{"data":{"id":1}}'],
    ["empty metadata", '{"data":{"id":1},"metadata":{}}'],
    ["an encoding that is null", '{"data":1,"metadata":{"data_encoding":null}}'],
    ["a list", "[1]"],
    ["a string", '"x"'],
    ["null", "null"],
  ])("says how to fix %s", (_name, payload) => {
    expect(expectUnreadable(payload).message).toContain("Use messageEnvelope: Json for plain JSON of other systems");
  });

  it("reads null if the envelope says raw and has no data, as Python does", () => {
    expect(parse('{"metadata":{"data_encoding":"raw"}}').message.data).toBeNull();
    expectUnreadable('{"metadata":{"data_encoding":"base64_gzip_json"}}');
  });

  it("shows only the start of a refused payload, on one line", () => {
    const error = expectUnreadable(`\n\u001b[31m${"x".repeat(1000)}`);
    expect(error.message.length).toBeLessThan(200);
    expect(error.message).toMatch(/^[\x20-\x7e]*$/);
    expect(error.message).toContain("(1006 characters)");
  });

  it("reads a payload that is nested a thousand levels deep and refuses a deeper one, however it is closed", () => {
    const deep = (open: string, close: string, inner: string, times = 200_000): string =>
      `{"metadata":{"data_encoding":"raw"},"data":${open.repeat(times)}${inner}${close.repeat(times)}}`;
    expect(() => parse(deep("[", "]", "1", 999))).not.toThrow();
    expect(expectUnreadable(deep("[", "]", "1", 1000)).message).toContain("beyond 1000 levels");
    expect(expectUnreadable(deep("[", "]", "1")).message).toContain("beyond 1000 levels");
    expectUnreadable(deep("[", "", "1"));
    expectUnreadable(deep("[", "]", "NaN"));
    expectUnreadable(deep('{"a":', "}", "12345678901234567890"));
    expect(expectUnreadable(compressed("[".repeat(1001) + "]".repeat(1001))).message).toContain("beyond 1000 levels");
  });

  it("refuses a payload beyond the limit before it is read", () => {
    const payload = '{"metadata":{"data_encoding":"raw"},"data":1}';
    const { message } = expectUnreadable(payload, { maxPayloadBytes: payload.length - 1 });
    expect(message).toContain(`${payload.length} bytes, more than ${payload.length - 1}. Raise maxPayloadBytes`);
    expect(parse(payload, { maxPayloadBytes: payload.length }).message.data).toBe(1);
    expect(() => JsonBase.validate?.({ maxPayloadBytes: 0 })).toThrow("maxPayloadBytes");
  });

  it("accepts __proto__ and constructor as member names, which change nothing else", () => {
    const data = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}';
    const read = parse(`{"metadata":{"data_encoding":"raw"},"data":${data},"__proto__":{"metadata":{"topic":"x"}}}`);
    expect(JSON.stringify(read.message.data)).toBe(data);
    expect(read.message.metadata.topic).toBeNull();
    expect(Object.getPrototypeOf(read.message.data)).toBe(Object.prototype);
    expect("admin" in {}).toBe(false);
  });

  it("refuses compressed data that grows beyond the limit, which is 64 MiB by default", () => {
    const bomb = compressed(`"${"x".repeat(65 * 1024 * 1024)}"`);
    expect(expectUnreadable(bomb).message).toContain("more than 67108864");
    expect(expectUnreadable(compressed('"0123456789"'), { maxDataBytes: 8 }).message).toContain("more than 8");
    expect(parse(compressed('"0123456789"'), { maxDataBytes: 12 }).message.data).toBe("0123456789");
  });

  it("refuses a limit that is not a valid size when the service starts", () => {
    for (const maxDataBytes of [0, -1, 1.5, Number.NaN]) {
      expect(() => JsonBase.validate?.({ maxDataBytes })).toThrow("maxDataBytes");
    }
    expect(() => JsonBase.validate?.({})).not.toThrow();
    expect(() => JsonBase.validate?.({ maxDataBytes: 1024 })).not.toThrow();
  });
});

interface Envelope {
  readonly service: Readonly<Record<string, unknown>>;
  readonly metadata: { readonly message_uuid?: unknown; readonly timestamp?: unknown };
}

class Sender extends Service {
  name = "sender";
}

/** Builds a message for a service with exactly these attributes. */
function build(
  data: unknown,
  topic = "t",
  { name, uuid }: { name?: string; uuid?: string } = { name: "s", uuid: "u" },
) {
  const service = Object.assign(new Sender(), { name, uuid }) as Service;
  return JsonBase.buildMessage(service, topic, data, {}) as BuiltPayload & { payload: string };
}

function parse(payload: string | Buffer, options: JsonBaseOptions = {}): ParsedMessage<JsonBaseMessage> {
  return JsonBase.parseMessage(Buffer.from(payload as string), options) as ParsedMessage<JsonBaseMessage>;
}

/** The envelope as native JSON, and the text of its data as it was written. */
function takeApart(payload: string): { envelope: Envelope; body: string } {
  const start = payload.indexOf(',"data":', payload.indexOf('"data_encoding":'));
  return {
    envelope: JSON.parse(`${payload.slice(0, start)},"data":0}`),
    body: payload.slice(start + ',"data":'.length, -1),
  };
}

/** The digest of Python's dump of the data in a body. */
function pythonDump(encoding: string, body: string): string {
  const dump =
    encoding === "raw" ? toPythonJson(body) : inflateSync(Buffer.from(JSON.parse(body), "base64")).toString();
  return sha256(dump);
}

/** The digest that Python recorded. JavaScript cannot tell 5.0 from 5, so 5.0 arrives in Python as the int 5. */
function expectedDump(name: string, recorded: string): string {
  const instead: Readonly<Record<string, string>> = { "float integral": "5" };
  return name in instead ? sha256(instead[name] ?? "") : recorded;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function expectParsed(parsed: ParsedMessage<JsonBaseMessage>, expected: ParsedVector): void {
  const { data, ...rest } = parsed.message;
  const uuid = fromTagged(expected.message_uuid);
  expect(rest).toStrictEqual(expected.envelope_plain);
  expect(data).toStrictEqual(vectorValue(expected.data));
  expect(parsed.messageUuid).toBe(typeof uuid === "string" && uuid !== "" ? uuid : undefined);
  expect(parsed.timestamp ?? null).toBe(fromTagged(expected.timestamp));
}

function expectUnreadable(payload: string | Buffer, options: JsonBaseOptions = {}): Error {
  try {
    parse(payload, options);
  } catch (error) {
    expect(error).toMatchObject({ code: "ERR_ENVELOPE_UNREADABLE", name: "EnvelopeError" });
    return error as Error;
  }
  throw new Error("the payload was read");
}

function compressed(json: string): string {
  const data = deflateSync(json).toString("base64");
  return JSON.stringify({ metadata: { data_encoding: "base64_gzip_json" }, data });
}
