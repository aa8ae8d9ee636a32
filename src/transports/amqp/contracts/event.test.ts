/** Contracts as values, and their effect on subscriptions and publishes. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { triggerOfContract } from "../options/contract-trigger.ts";
import { publishOptionsOf } from "../outbound/event-publish.ts";
import { type EventContract, event, isEventContract } from "./event.ts";

const schema = z.object({ total: z.number() });
const envelope = { buildMessage: () => "", parseMessage: () => ({ message: 1 }) };
const whole = event("order.{id}.paid", { schema, exchangeName: "orders", envelope, version: 2 });
const bare = event("ping", { schema });

function eventOf(key: unknown, options: unknown): EventContract {
  return (event as (key: unknown, options: unknown) => EventContract)(key, options);
}

describe("event", () => {
  it("returns a frozen contract with the given values", () => {
    expect(whole).toMatchObject({
      kind: "event",
      routingKey: "order.{id}.paid",
      pattern: "order.*.paid",
      exchangeName: "orders",
      version: 2,
    });
    expect([whole.schema, whole.envelope]).toEqual([schema, envelope]);
    expect(whole.schema).toBe(schema);
    expect(Object.isFrozen(whole)).toBe(true);
    expect([bare.exchangeName, bare.envelope, bare.version]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    [undefined, { schema }, /needs a routing key that is a string/],
    ["", { schema }, /needs a routing key that is a string/],
    [5, { schema }, /but got 5/],
    ["a", undefined, /options must be an object/],
    ["a", {}, /options\.schema is missing/],
    ["a", { schema: undefined }, /options\.schema is missing/],
    ["a", { schema: {} }, /options\.schema must be a Standard Schema/],
    ["a", { schema, exchangeNam: "x" }, /Did you mean "exchangeName"/],
    ["a", { exchangeNam: "x" }, /Did you mean "exchangeName"[\s\S]*options\.schema is missing/],
    ["a", { schema, exchangeName: "" }, /options\.exchangeName must be/],
    ["a", { schema, envelope: {} }, /options\.envelope must be an envelope/],
    ["a", { schema, version: "2" }, /options\.version must be a whole number, 1 or more/],
    ["a", { schema, version: 0 }, /options\.version must be/],
    ["a.*", { schema, version: 0 }, /"\*" cannot be part of a key[\s\S]*options\.version/],
  ])("refuses wrong values, and lists every problem (%#)", (key, options, why) => {
    expect(() => eventOf(key, options)).toThrow(why);
    expect(() => eventOf(key, options)).toThrow(expect.objectContaining({ code: "ERR_CONFIGURATION" }));
  });

  it("is recognised by its mark, which other data cannot have by accident", () => {
    expect([whole, bare].map(isEventContract)).toEqual([true, true]);
    const lookalikes = [{ ...JSON.parse(JSON.stringify(bare)), schema }, { kind: "event" }, null, "ping", undefined];
    expect(lookalikes.map(isEventContract)).toEqual(lookalikes.map(() => false));
  });
});

describe("a subscription by a contract", () => {
  it("uses its pattern, and its options beside the given ones", () => {
    const trigger = triggerOfContract(whole, { prefetch: 5 }, "@amqp(...)");
    expect(trigger).toMatchObject({
      pattern: "order.*.paid",
      version: 2,
      template: { key: "order.{id}.paid" },
      options: { prefetch: 5, schema, exchangeName: "orders", messageEnvelope: envelope },
    });
  });

  it("treats a null envelope as no envelope", () => {
    expect(triggerOfContract(event("a", { schema, envelope: null }), {}, "").options).toMatchObject({
      messageEnvelope: null,
    });
  });

  it("refuses options that contradict the contract, and says where they are", () => {
    const given = { schema, exchangeName: "x", messageEnvelope: null, exchangeType: "direct" } as const;
    expect(() => triggerOfContract(whole, given, "@amqp(...)")).toThrow(
      /The contract already sets options\.schema[\s\S]*options\.exchangeName[\s\S]*as its envelope[\s\S]*need a topic exchange/,
    );
    expect(triggerOfContract(bare, { exchangeType: "direct" }, "").options).toMatchObject({ exchangeType: "direct" });
  });
});

describe("a publish by a contract", () => {
  it("uses its filled key, its exchange, envelope, schema and version", () => {
    const headers = { mine: 1 };
    expect(publishOptionsOf(whole, { params: { id: "1" }, wait: false, headers })).toEqual({
      wait: false,
      routingKey: "order.1.paid",
      exchangeName: "orders",
      messageEnvelope: envelope,
      schema,
      headers: { mine: 1, "x-tomodachi-event-version": 2 },
    });
    expect(headers).toEqual({ mine: 1 });
  });

  it("has no version header without a version", () => {
    expect(publishOptionsOf(bare, undefined)).not.toHaveProperty("headers");
  });

  it.each(["routingKey", "exchangeName", "messageEnvelope", "schema"])(
    "refuses %s, because the contract sets it",
    (name) => {
      expect(() => publishOptionsOf(bare, { [name]: "x" })).toThrow(`has no option "${name}"`);
      expect(() => publishOptionsOf(bare, { [name]: undefined })).not.toThrow();
    },
  );

  it("refuses options that are not an object", () => {
    expect(() => publishOptionsOf(bare, "x")).toThrow(/must be an object, not x/);
  });
});
