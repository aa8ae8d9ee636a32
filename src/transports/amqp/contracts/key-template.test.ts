/** Keys with parameters: taken apart, filled in, and read again. */

import { describe, expect, it } from "vitest";
import fc from "../../../../test/support/properties.ts";
import { decodeRoutingKey, encodeRoutingKey } from "../names/routing-key.ts";
import { fillKey, type KeyTemplate, paramsIn, parseKeyTemplate, readParams } from "./key-template.ts";

function templateOf(key: string): KeyTemplate {
  const template = parseKeyTemplate(key);
  if ("pattern" in template) return template;
  throw new Error(template.join(" "));
}

describe("parseKeyTemplate", () => {
  it.each([
    ["order.paid", "order.paid", []],
    ["order.{id}.paid", "order.*.paid", ["id"]],
    ["{a}.{b_2}", "*.*", ["a", "b_2"]],
    ["{only}", "*", ["only"]],
    ["user.{email:encoded}.changed", "user.*.changed", ["email"]],
    ["order..paid", "order..paid", []],
  ])("parses %s", (key, pattern, names) => {
    expect(templateOf(key)).toMatchObject({ key, pattern, names });
  });

  it.each([
    ["order.*", /"\*" cannot be part of a key/],
    ["#", /"#" cannot be part of a key/],
    ["order-{id}.paid", /"order-\{id\}" is not a valid word or parameter/],
    ["order.{id", /"\{id" is not a valid word or parameter/],
    ["order.{}", /"\{\}" is not a valid word or parameter/],
    ["order.{1st}", /"\{1st\}" is not a valid word or parameter/],
    ["order.{__proto__}", /is not a valid word or parameter/],
    ["order.{a.b}", /"\{a" is not a valid word or parameter/],
    ["order.{a:hex}", /"\{a:hex\}" is not a valid word or parameter.*":encoded"/],
    ["order.{:encoded}", /is not a valid word or parameter/],
    ["{id}.{id:encoded}", /\{id\} twice/],
    ["{id}.{id}", /\{id\} twice/],
  ])("refuses %s", (key, why) => {
    expect(() => templateOf(key)).toThrow(why);
  });
});

describe("fillKey", () => {
  const template = templateOf("order.{id}.{state}");

  it.each(["1", "å/1", "C#", "a*b", " ", "___", "-"])("puts %j into the key so that it can be read again", (id) => {
    const key = fillKey(template, { id, state: "paid" });
    expect(key).toBe(`order.${id}.paid`);
    expect(readParams(template, key)).toEqual({ id, state: "paid" });
  });

  it.each([
    [undefined, /the parameter "id" is missing.*needs params: \{ id, state \}/],
    [{ id: "1" }, /the parameter "state" is missing/],
    [{ id: "1", state: undefined }, /the parameter "state" is missing/],
    [{ id: "1", state: "a", more: "b" }, /it has no parameter "more"/],
    [{ id: 1, state: "a" }, /the parameter "id" must be a string, not a number/],
    [{ id: null, state: "a" }, /must be a string, not null/],
    [{ id: "", state: "a" }, /is "", which is empty/],
    [{ id: "1.2", state: "a" }, /is "1\.2", which contains a dot/],
    [{ id: "*", state: "a" }, /matches any word/],
    [{ id: "#", state: "a" }, /matches any word/],
    [{ id: "___2e_", state: "a" }, /looks like an encoded character/],
    [["1", "2"], /params must be an object, not a list/],
    ["1", /params must be an object, not "1"/],
  ])("refuses %j", (params, why) => {
    expect(() => fillKey(template, params)).toThrow(why);
    expect(() => fillKey(template, params)).toThrow(expect.objectContaining({ code: "ERR_AMQP_KEY_PARAMETER" }));
  });

  it.each([
    ["ada@example.com", "ada@example%2Ecom"],
    ["*", "%2A"],
    ["#", "%23"],
    ["100%", "100%25"],
    ["%2E", "%252E"],
    ["___2e_", "%5F%5F%5F2e%5F"],
    ["___", "___"],
    ["å.ø", "å%2Eø"],
    ["...", "%2E%2E%2E"],
  ])("encodes %j where the parameter is encoded, as %j, and reads it again", (email, word) => {
    const encoded = templateOf("user.{email:encoded}.{state}");
    const key = fillKey(encoded, { email, state: "new" });
    expect(key).toBe(`user.${word}.new`);
    const delivered = decodeRoutingKey(encodeRoutingKey(key, "prod."), "prod.");
    expect(readParams(encoded, delivered)).toEqual({ email, state: "new" });
  });

  it("encodes any string so that it can be read again, or refuses it by name", () => {
    const encoded = templateOf("user.{email:encoded}");
    const check = fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (email) => {
      const key = fillKey(encoded, { email });
      expect(key.split(".")).toHaveLength(2);
      expect(readParams(encoded, decodeRoutingKey(key))).toEqual({ email });
    });
    fc.assert(check, { numRuns: 500 });
  });

  it("refuses an empty encoded parameter, and detects a key that was not encoded", () => {
    const encoded = templateOf("user.{email:encoded}");
    expect(() => fillKey(encoded, { email: "" })).toThrow(/is "", which is empty/);
    expect(readParams(encoded, "user.100%")).toBeUndefined();
    expect(readParams(encoded, "user.plain")).toEqual({ email: "plain" });
  });

  it("ignores inherited properties", () => {
    const template = templateOf("{constructor}");
    expect(() => fillKey(template, {})).toThrow(/the parameter "constructor" is missing/);
    expect(fillKey(template, { constructor: "a" })).toBe("a");
  });

  it("shows only the start of a long value", () => {
    expect(() => fillKey(template, { id: `${"x".repeat(1000)}.`, state: "a" })).toThrow(/^.{0,300}$/);
  });

  it("needs no parameters if the key has none", () => {
    expect(fillKey(templateOf("order.paid"), undefined)).toBe("order.paid");
    expect(() => fillKey(templateOf("order.paid"), { id: "1" })).toThrow(/It has no parameters\./);
  });
});

describe("paramsIn", () => {
  const templates = [templateOf("order.{id}.paid"), templateOf("order.{id}.{state}"), templateOf("ping")];

  it("uses the first template that a key matches", () => {
    expect(paramsIn(templates, "order.1.paid")).toEqual({ id: "1" });
    expect(paramsIn(templates, "order.1.lost")).toEqual({ id: "1", state: "lost" });
    expect(paramsIn(templates, "ping")).toEqual({});
    expect(paramsIn(templates, "order.1.paid")).toSatisfy(Object.isFrozen);
  });

  it("returns no parameters if no contract has any, whatever the key", () => {
    expect(paramsIn([], "any.key")).toEqual({});
    expect(paramsIn([templateOf("ping")], "other")).toEqual({});
  });

  it("refuses a key that matches no template, instead of an incomplete result", () => {
    const read = (): unknown => paramsIn(templates, "orders");
    expect(read).toThrow(expect.objectContaining({ code: "ERR_AMQP_KEY_MISMATCH" }));
    expect(read).toThrow(/"orders", which does not match "order\.\{id\}\.paid" or /);
  });
});
