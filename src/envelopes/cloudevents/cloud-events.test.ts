/** cloudEvents() against the official SDK, both ways and in both forms, and against malformed events. */
import { CloudEvent, HTTP } from "cloudevents";
import { describe, expect, it } from "vitest";
import type { BuiltPayload, MessageSource, ParsedMessage } from "../../service/envelope.ts";
import { Service } from "../../service/service.ts";
import { type CloudEventsOptions, type CloudEventsPublishOptions, cloudEvents } from "./cloud-events.ts";
import type { CloudEventMessage } from "./event-attributes.ts";

class Sender extends Service {
  name = "sender";
}
const sender = Object.assign(new Sender(), { uuid: "u-1" });

const values: readonly (readonly [string, unknown])[] = [
  ["an object", { id: 1, name: "läge 友 🚀", list: [null, true, 1.5] }],
  ["a list", [1, "2"]],
  ["a string", "text"],
  ["a number", 5],
  ["true", true],
  ["bytes", Buffer.from([0, 1, 254, 255])],
];

describe.each(["structured", "binary"] as const)("in %s mode", (mode) => {
  it.each(values)("the official SDK reads %s", (_name, data) => {
    const event = { subject: "7", dataschema: "https://example.org/s", count: 3, urgent: true, trace: "t" };
    const built = build({ mode }, data, { event });
    const read = readBySdk(built);
    expect(() => read.validate()).not.toThrow();
    const { data_base64, time, count, urgent, ...attributes } = read.toJSON() as Record<string, unknown>;
    // HTTP headers have no types, so the SDK reads strings there.
    expect([String(count), String(urgent)]).toEqual(["3", "true"]);
    expect(attributes).toMatchObject({
      specversion: "1.0",
      id: built.messageUuid,
      source: "/sender",
      type: "some.topic",
      subject: "7",
      dataschema: "https://example.org/s",
      trace: "t",
    });
    expect(built.messageUuid).toMatch(/^u-1\.[0-9a-f-]{36}$/);
    expect(Math.abs(Date.parse(String(time)) - Date.now())).toBeLessThan(60_000);
    if (data instanceof Buffer) expect(Buffer.from(String(data_base64), "base64")).toEqual(data);
    // The SDK parses only objects, lists and JSON strings in a body.
    else
      expect(read.data).toEqual(
        mode === "binary" && typeof data !== "object" && typeof data !== "string" ? String(data) : data,
      );
  });

  it.each(values)("what the official SDK wrote is read: %s", (_name, data) => {
    const given = { id: "1", source: "/sdk", type: "t", subject: "s", ext: "e", time: "2026-01-02T03:04:05.000Z" };
    const isText = typeof data === "string";
    // The SDK treats a string as finished JSON.
    const datacontenttype =
      data instanceof Buffer ? "application/octet-stream" : isText ? "text/plain" : "application/json";
    const event = new CloudEvent({ ...given, datacontenttype, data });
    const { payload, source } = writtenBySdk(mode, event);
    const parsed = parse(payload, source);
    expect(parsed.message).toEqual({ specversion: "1.0", ...given, datacontenttype, data });
    expect(parsed.messageUuid).toBe("/sdk#1");
    expect(parsed.timestamp).toBe(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000);
  });

  // The SDK loses some of these.
  const empty = [false, 0, "", null, [], {}].map((value) => [JSON.stringify(value), value] as const);
  it.each([...values, ...empty])("reads what it wrote: %s", (_name, data) => {
    const built = build({ mode }, data, { event: { count: 3, urgent: true, time: new Date(5000) } });
    const { message } = parse(Buffer.from(built.payload), beside(built));
    expect(message).toMatchObject({ count: 3, urgent: true, time: "1970-01-01T00:00:05.000Z", type: "some.topic" });
    expect(message.data).toEqual(data);
    expect(built.timestamp).toBe(5);
  });

  it("accepts text of other media types unchanged, and an event without data", () => {
    const built = build({ mode }, "<a/>", { event: { datacontenttype: "text/xml" } });
    expect(readBySdk(built).data).toBe("<a/>");
    expect(parse(Buffer.from(built.payload), beside(built)).message.data).toBe("<a/>");
    const none = build({ mode }, undefined, {});
    // For a body of zero bytes the SDK makes an empty string.
    expect(readBySdk(none).data).toBe(mode === "binary" ? "" : undefined);
    expect(parse(Buffer.from(none.payload), beside(none)).message.data).toBeNull();
  });

  it("takes id, source and type from the publish, otherwise from the envelope", () => {
    const own = parse(...whole(build({ mode, type: "com.example" }, 1, {}))).message;
    expect(own).toMatchObject({ source: "/sender", type: "com.example" });
    const event = { id: "9", source: "/other", type: "x" };
    expect(parse(...whole(build({ mode, type: "com.example" }, 1, { event }))).message).toMatchObject(event);
  });

  it.each([
    ["an attribute in capitals", { Subject: "x" }],
    ["a name with a dash", { "trace-id": "x" }],
    ["a reserved name", { data: "x" }],
    ["a version", { specversion: "0.3" }],
    ["a hostile name", JSON.parse('{"__proto__":"x"}')],
    ["an empty id", { id: "" }],
    ["a source that is not a string", { source: 5 }],
    ["an invalid time", { time: "yesterday" }],
    ["an invalid date", { time: new Date(Number.NaN) }],
    ["a fraction", { ext: 1.5 }],
    ["a number beyond 32 bits", { ext: 2 ** 31 }],
    ["an object", { ext: {} }],
  ])("refuses to build an event with %s", (_name, event) => {
    expectUnbuildable(() => build({ mode }, 1, { event }));
  });

  it("refuses to build data that JSON, or its media type, cannot express", () => {
    for (const data of [Number.NaN, [Infinity], new Map(), Promise.resolve(1)]) {
      expectUnbuildable(() => build({ mode }, data, {}));
    }
    expect(() => build({ mode }, "NaN and Infinity", {})).not.toThrow();
    expectUnbuildable(() => build({ mode }, { a: 1 }, { event: { datacontenttype: "text/plain" } }));
    expectUnbuildable(() => build({ mode }, 1, { event: "x" as never }));
  });
});

describe("reading", () => {
  const good = { specversion: "1.0", id: "1", source: "/s", type: "t" };

  it("accepts JSON without a content type, and null for an attribute that is not set", () => {
    expect(parse(Buffer.from(JSON.stringify({ ...good, subject: null, data: 1 }))).message).toEqual({
      ...good,
      data: 1,
    });
  });

  it("accepts both header prefixes, and AMQP timestamps", () => {
    const headers = {
      "cloudEvents:specversion": "1.0",
      "cloudEvents:id": "1",
      cloudEvents_source: "/s",
      cloudEvents_type: "t",
      cloudEvents_time: { "!": "timestamp", value: 5 },
      "x-other": "not of the event",
    };
    const { message } = parse(Buffer.from([255]), { headers, properties: { contentType: undefined } });
    expect(message).toEqual({ ...good, time: "1970-01-01T00:00:05.000Z", data: Buffer.from([255]) });
  });

  it("returns a copy of bytes", () => {
    const headers = prefixed(good);
    const payload = Buffer.from([1, 2]);
    const { message } = parse(payload, { headers, properties: {} });
    payload.fill(9);
    expect(message.data).toEqual(Buffer.from([1, 2]));
  });

  it.each([
    ["no JSON", "text"],
    ["a list", "[]"],
    ["null", "null"],
    ["another version", JSON.stringify({ ...good, specversion: "0.3" })],
    ["no version", "{}"],
    ["no id", JSON.stringify({ ...good, id: undefined })],
    ["an empty source", JSON.stringify({ ...good, source: "" })],
    ["a type that is not a string", JSON.stringify({ ...good, type: 1 })],
    ["a time that is not a string", JSON.stringify({ ...good, time: 1 })],
    ["data twice", JSON.stringify({ ...good, data: 1, data_base64: "AA==" })],
    ["invalid base64", JSON.stringify({ ...good, data_base64: "!" })],
    ["base64 that is a number", JSON.stringify({ ...good, data_base64: 1 })],
    ["a name in capitals", JSON.stringify({ ...good, Ext: 1 })],
    ["a hostile name", `{"__proto__":{"admin":true},${JSON.stringify(good).slice(1)}`],
    ["data nested too deeply", `{"data":${"[".repeat(2000)}${"]".repeat(2000)},${JSON.stringify(good).slice(1)}`],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ])("refuses %s", (_name, payload) => {
    expectUnreadable(Buffer.from(payload as string));
  });

  it("refuses unknown formats and batches by name", () => {
    for (const contentType of ["application/cloudevents-batch+json", "application/cloudevents+avro"]) {
      const source = { headers: {}, properties: { contentType } };
      expect(expectUnreadable(Buffer.from(JSON.stringify(good)), source).message).toContain(contentType);
    }
  });

  it("refuses headers and bodies in binary mode that are not an event", () => {
    const properties = { contentType: "application/json" };
    expectUnreadable(Buffer.from("{"), { headers: prefixed(good), properties });
    expectUnreadable(Buffer.from([0x22, 0xff, 0x22]), { headers: prefixed(good), properties });
    expectUnreadable(Buffer.from("1"), { headers: prefixed({ ...good, id: undefined }), properties });
    expectUnreadable(Buffer.from("1"), { headers: { ...prefixed(good), cloudEvents_ext: { a: 1 } }, properties });
    expectUnreadable(Buffer.from("1"), { headers: { ...prefixed(good), "cloudEvents_a-b": "x" }, properties });
  });

  it("refuses a payload beyond the limit", () => {
    const { parseMessage } = cloudEvents({ source: "/s" });
    expect(() => parseMessage(Buffer.from(JSON.stringify(good)), { maxPayloadBytes: 10 })).toThrow(
      "Raise maxPayloadBytes",
    );
  });
});

it("checks its options", () => {
  for (const options of [{}, { source: "" }, { source: "/s", mode: "batch" }, { source: "/s", typ: "x" }, null]) {
    expect(() => cloudEvents(options as never)).toThrow(expect.objectContaining({ code: "ERR_CONFIGURATION" }));
  }
  expect(() => cloudEvents({ source: "/s", mod: "binary" } as never)).toThrow('Did you mean "mode"?');
  expect(() => cloudEvents({ mod: "binary" } as never)).toThrow(/Did you mean "mode"[\s\S]*options\.source is missing/);
  expect(() => cloudEvents({ source: "/s" }).validate?.({ maxPayloadBytes: 0 })).toThrow("maxPayloadBytes");
});

it("an event with more than 1000 attributes is refused in both modes", () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`x${at}`, "v"]));
  const needed = { specversion: "1.0", id: "1", source: "/s", type: "t" };
  for (const attributes of [{ ...needed, ...many }, many]) {
    const event = Buffer.from(JSON.stringify(attributes));
    const source = { headers: prefixed({ ...needed, ...attributes }), properties: {} };
    if (attributes === many) expect(expectUnreadable(event).message).not.toContain("attributes, but at most");
    else expect(expectUnreadable(event).message).toContain("has 1004 attributes, but at most 1000 are allowed");
    expect(expectUnreadable(Buffer.alloc(0), source).message).toContain("at most 1000 are allowed");
  }
});

it("a batch of events is refused by its content type, before it is read", () => {
  const batch = Buffer.from(`[${"{},".repeat(300_000)}{}]`);
  const source = { headers: {}, properties: { contentType: "application/cloudevents-batch+json" } };
  expect(expectUnreadable(batch, source).message).toContain("Send application/cloudevents+json");
  expect(expectUnreadable(batch).message).toContain("more than 250000 values");
});

it("data_base64 is read with blanks and line breaks, and invalid base64 is refused", () => {
  const event = (data_base64: string): Buffer =>
    Buffer.from(JSON.stringify({ specversion: "1.0", id: "1", source: "/s", type: "t", data_base64 }));
  for (const text of ["aGVsbG8=", " aG Vs\r\nbG8 =\t", "aGVsbG8=\n"]) {
    expect(parse(event(text)).message.data).toEqual(Buffer.from("hello"));
  }
  for (const text of ["aGVsbG8", "aGVsbG8 ", "aGVs=bG8", "aGVs bG8= =", "=", "= =", "====", "aGVs-_8="]) {
    expect(expectUnreadable(event(text)).message).toContain("data_base64 is not base64");
  }
});

function build(options: Partial<CloudEventsOptions>, data: unknown, publish: CloudEventsPublishOptions): BuiltPayload {
  return cloudEvents({ source: "/sender", ...options }).buildMessage(sender, "some.topic", data, publish);
}

function parse(payload: Buffer, source?: MessageSource): ParsedMessage<CloudEventMessage> {
  return cloudEvents({ source: "/reader" }).parseMessage(payload, {}, source) as ParsedMessage<CloudEventMessage>;
}

function beside({ headers = {}, contentType }: BuiltPayload): MessageSource {
  return { headers, properties: { contentType } };
}

function whole(built: BuiltPayload): [Buffer, MessageSource] {
  return [Buffer.from(built.payload), beside(built)];
}

function prefixed(attributes: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`cloudEvents_${name}`, value]));
}

/** The SDK has no AMQP. Its HTTP binding has the same two forms, with other header names. */
function readBySdk({ payload, headers = {}, contentType = "" }: BuiltPayload): CloudEvent<unknown> {
  const named = Object.entries(headers).map(([name, value]) => [name.replace("cloudEvents_", "ce-"), String(value)]);
  const body = typeof payload === "string" ? payload : Buffer.from(payload);
  const event = HTTP.toEvent({ headers: { ...Object.fromEntries(named), "content-type": contentType }, body });
  if (Array.isArray(event)) throw new Error("a batch");
  return event as CloudEvent<unknown>;
}

function writtenBySdk(
  mode: "structured" | "binary",
  event: CloudEvent<unknown>,
): { payload: Buffer; source: MessageSource } {
  const { headers, body } = HTTP[mode](event);
  const named = Object.entries(headers)
    .filter(([name]) => name.startsWith("ce-"))
    .map(([name, value]) => [name.replace("ce-", "cloudEvents_"), value]);
  const contentType = String(headers["content-type"]);
  const source = { headers: Object.fromEntries(named), properties: { contentType } };
  return { payload: Buffer.isBuffer(body) ? body : Buffer.from(String(body)), source };
}

function expectUnreadable(payload: Buffer, source?: MessageSource): Error {
  let error: unknown;
  try {
    parse(payload, source);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ code: "ERR_ENVELOPE_UNREADABLE" });
  return error as Error;
}

function expectUnbuildable(build: () => unknown): void {
  expect(build).toThrow(expect.objectContaining({ code: "ERR_ENVELOPE_UNBUILDABLE" }));
}
