/** Which keys a message may have, and what cannot stand beside them. */
import { describe, expect, it } from "vitest";
import type { AmqpContext } from "../contracts/message-context.ts";
import { type OrderBy, orderKeyOf, orderProblems } from "./order-by.ts";

const keyOf = (orderBy: (data: unknown) => unknown): unknown =>
  orderKeyOf(orderBy as OrderBy, { customer: 7 }, {} as AmqpContext, "@amqp orders.on");

describe("a key", () => {
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
    expect(() => keyOf(() => key)).toThrow(expect.objectContaining({ code: "ERR_AMQP_ORDER_KEY" }));
    expect(() => keyOf(() => key)).toThrow(named);
  });

  it("may not be a promise that rejects, and nothing is left of that", () => {
    // vitest fails a run with a rejection that nobody takes.
    expect(() => keyOf(() => Promise.reject(new Error("no customer")))).toThrow("a promise");
  });

  it("that cannot be found says why, and keeps the cause", () => {
    const cause = new TypeError("no customer");
    const find = (): unknown =>
      keyOf(() => {
        throw cause;
      });
    expect(find).toThrow(expect.objectContaining({ code: "ERR_AMQP_ORDER_KEY", cause }));
    expect(find).toThrow("@amqp orders.on: orderBy threw: no customer");
  });
});

describe("beside orderBy", () => {
  const orderBy = (): string => "a";

  it("delayed retries are refused, quick ones are not", () => {
    expect(orderProblems({ orderBy, retry: { delaysMs: [5000] } })).toEqual([expect.stringContaining("retry.delays")]);
    expect(orderProblems({ orderBy, retry: { delaysMs: [] } })).toEqual([]);
    expect(orderProblems({ orderBy, retry: undefined })).toEqual([]);
    expect(orderProblems({ orderBy: undefined, retry: { delaysMs: [5000] } })).toEqual([]);
  });
});
