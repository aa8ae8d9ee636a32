/** Json: plain JSON from any system; the whole body is the data. */
import { describe, expect, it } from "vitest";
import type { BuiltPayload, MessageSource, ParsedMessage } from "../service/envelope.ts";
import { Json, type JsonOptions } from "./json.ts";

describe("publishing", () => {
  it("writes the data as the whole body, with its content type and without its own id", () => {
    expect(build({ orderId: 1, data: [null] })).toEqual({
      payload: '{"orderId":1,"data":[null]}',
      contentType: "application/json",
    });
  });

  it("writes numbers as JSON does, and large integers exactly", () => {
    expect(build([12345678901234567890n, 1e21, -0, 0.1]).payload).toBe("[12345678901234567890,1e+21,-0.0,0.1]");
  });

  it.each([
    ["NaN", [Number.NaN], "NaN or an infinity, which JSON cannot express"],
    ["an infinity", { a: -Infinity }, "NaN or an infinity, which JSON cannot express"],
    ["nothing", undefined, "publish null"],
    ["a Map", new Map(), "Object.fromEntries(map)"],
    ["a Buffer", Buffer.from("x"), "base64"],
  ])("refuses %s", (_name, data, reason) => {
    expect(() => build(data)).toThrow(
      expect.objectContaining({ code: "ERR_ENVELOPE_UNBUILDABLE", message: expect.stringContaining(reason) }),
    );
  });

  it("writes NaN and Infinity unchanged inside strings", () => {
    expect(build({ NaN: "Infinity" }).payload).toBe('{"NaN":"Infinity"}');
  });
});

describe("reading", () => {
  it.each([
    '{"orderId":1,"total":5}',
    '{"data":{"id":1},"metadata":{"data_encoding":"raw"}}',
    '{"message":1,"messageUuid":2}',
    "[1,2]",
    "[]",
    "{}",
    '"text"',
    "5",
    "false",
    "null",
  ])("returns all of %s", (body) => {
    const { data, message, messageUuid } = parse(body);
    expect(data).toStrictEqual(JSON.parse(body));
    expect(message).toBe(data);
    expect(messageUuid).toBeUndefined();
  });

  it("reads integers beyond 2^53 exactly, and Python's NaN and Infinity", () => {
    expect(parse('{"id":9007199254740993,"n":[NaN,-Infinity]}').data).toEqual({
      id: 9007199254740993n,
      n: [Number.NaN, -Infinity],
    });
  });

  it("ignores a byte order mark, and refuses UTF-16", () => {
    expect(parse(Buffer.from('\ufeff{"a":1}')).data).toEqual({ a: 1 });
    expectUnreadable(Buffer.from('\ufeff{"a":1}', "utf16le"), "is not UTF-8 text");
    expectUnreadable(Buffer.from('{"a":1}', "utf16le"), "is not JSON");
  });

  it.each([
    undefined,
    "application/json",
    "application/json; charset=utf-8",
    'application/vnd.order+json; charset="UTF-8"',
    "text/plain",
    "application/octet-stream",
    "application/x-protobuf",
  ])("reads JSON with the content type %s", (contentType) => {
    expect(parse('{"ä":1}', {}, { contentType }).data).toEqual({ ä: 1 });
  });

  it("refuses another character set unless its bytes are the same", () => {
    const contentType = "application/json; charset=iso-8859-1";
    expect(parse('{"a":1}', {}, { contentType }).data).toEqual({ a: 1 });
    expectUnreadable('{"ä":1}', 'the character set "iso-8859-1", but JSON must be UTF-8', { contentType });
  });

  it.each([
    ["nothing", ""],
    ["a body that is cut off", '{"a":'],
    ["two values", "{}{}"],
    ["text", "hello"],
    ["XML", "<order/>"],
    ["a byte order mark alone", "\ufeff"],
    ["two byte order marks", "\ufeff\ufeff{}"],
    ["a bare word as a key", "{NaN:1}"],
  ])("refuses %s", (_name, body) => {
    expectUnreadable(body, "is not JSON");
  });

  it("shows in the error what the properties say about the body", () => {
    const gzip = Buffer.from([0x1f, 0x8b, 8, 0]);
    const said = 'is not UTF-8 text.*the content type "application/json" and the content encoding "gzip"';
    const properties = { contentType: "application/json", contentEncoding: "gzip" };
    expectUnreadable(gzip, new RegExp(said), properties);
  });

  it("limits bytes, depth and values, and checks the limits at the start", () => {
    expectUnreadable("[".repeat(1001) + "]".repeat(1001), "beyond 1000 levels");
    expect(() => parse("[1,2,3]", { maxValues: 3 })).toThrow("contains more than 3 values. Raise maxValues");
    expect(parse("[1,2,3]", { maxValues: 4 }).data).toEqual([1, 2, 3]);
    expect(() => parse("[1,2,3]", { maxPayloadBytes: 6 })).toThrow("Raise maxPayloadBytes");
    for (const limit of ["maxPayloadBytes", "maxValues"]) {
      expect(() => Json.validate?.({ [limit]: 0 })).toThrow(limit);
    }
  });
});

function build(data: unknown): BuiltPayload {
  return Json.buildMessage({ name: "s", uuid: "u" } as never, "t", data, {}) as BuiltPayload;
}

function parse(
  body: string | Buffer,
  options: JsonOptions = {},
  properties: MessageSource["properties"] = {},
): ParsedMessage {
  return Json.parseMessage(Buffer.from(body as string), options, { properties, headers: {} }) as ParsedMessage;
}

function expectUnreadable(
  body: string | Buffer,
  message: string | RegExp,
  properties?: MessageSource["properties"],
): void {
  const matching = typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message);
  const expected = { code: "ERR_ENVELOPE_UNREADABLE", message: matching };
  expect(() => parse(body, {}, properties)).toThrow(expect.objectContaining(expected));
}
