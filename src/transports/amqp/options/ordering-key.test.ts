/** Which keys a message may have, and which options cannot be used with them. */
import { describe, expect, it } from "vitest";
import type { AmqpContext } from "../contracts/message-context.ts";
import { type OrderingKeyFunction, orderingKeyOf, orderingKeyProblems } from "./ordering-key.ts";

const keyOf = (orderingKey: (data: unknown) => unknown): unknown =>
  orderingKeyOf(orderingKey as OrderingKeyFunction, { customer: 7 }, {} as AmqpContext, "@amqp orders.on");

describe("an ordering key", () => {
  it.each(["text", "", 0, 7, -1.5, 10n])("may be %s", (key) => {
    expect(keyOf(() => key)).toBe(key);
  });

  it.each([undefined, null])("may be missing (%s)", (key) => {
    expect(keyOf(() => key)).toBeUndefined();
  });

  it.each([
    ["an object", {}, "type object"],
    ["true", true, "type boolean"],
    ["NaN", Number.NaN, "NaN"],
    ["a promise", Promise.resolve("a"), "a promise"],
  ])("may not be %s", (_, key, named) => {
    expect(() => keyOf(() => key)).toThrow(expect.objectContaining({ code: "ERR_AMQP_ORDERING_KEY" }));
    expect(() => keyOf(() => key)).toThrow(named);
  });

  it("may not be a promise, and its rejection is handled", () => {
    // vitest fails a run with an unhandled rejection.
    expect(() => keyOf(() => Promise.reject(new Error("no customer")))).toThrow("a promise");
  });

  it("that cannot be computed gives the reason and keeps the cause", () => {
    const cause = new TypeError("no customer");
    const find = (): unknown =>
      keyOf(() => {
        throw cause;
      });
    expect(find).toThrow(expect.objectContaining({ code: "ERR_AMQP_ORDERING_KEY", cause }));
    expect(find).toThrow("@amqp orders.on: orderingKey threw: no customer");
  });
});

describe("retries with orderingKey", () => {
  const orderingKey = (): string => "a";

  it("may be quick, but delayed ones are refused", () => {
    expect(orderingKeyProblems(orderingKey, { delaysMs: [5000] })).toEqual([expect.stringContaining("retry.delays")]);
    expect(orderingKeyProblems(orderingKey, { delaysMs: [] })).toEqual([]);
    expect(orderingKeyProblems(orderingKey, undefined)).toEqual([]);
    expect(orderingKeyProblems(undefined, { delaysMs: [5000] })).toEqual([]);
  });
});
