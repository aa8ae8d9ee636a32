import { describe, expect, it } from "vitest";
import { type Condition, fits, parseCondition } from "./message-filter.ts";
import type { PassingMessage } from "./passing-message.ts";

const message: PassingMessage = {
  exchange: "amq.topic",
  routingKey: "order.1.paid",
  envelope: "json",
  data: { total: 5, customer: { name: "Ann" }, list: [1, 2], gone: null },
  sender: undefined,
  id: "m-1",
  headers: { "x.tenant": "acme", nested: { deep: true } },
  properties: { contentType: "application/json" },
  bytes: 12,
  handlers: [],
};

function isShown(...conditions: readonly string[]): boolean {
  const parsed = conditions.map((text) => parseCondition(text));
  expect(parsed).not.toContain(undefined);
  return fits(message, parsed as Condition[]);
}

describe("a condition", () => {
  it.each([
    ["data.total=5"],
    ["data.customer.name=Ann"],
    ["data.customer.name~n"],
    ['data.customer={"name":"Ann"}'],
    ["data.list.1=2"],
    ["data.gone=null"],
    ["data~customer"],
    ["routingKey~.paid"],
    ["headers.x.tenant=acme"],
    ["headers.nested.deep=true"],
    ["properties.contentType!=text/plain"],
    ["data.absent!=anything"],
    ["id=m-1"],
    ["bytes=12"],
  ])("%s is true", (text) => {
    expect(isShown(text)).toBe(true);
  });

  it.each([["data.total=50"], ["data.absent=1"], ["data.absent~"], ["sender=orders"], ["data.toString~native"]])(
    "%s is false",
    (text) => {
      expect(isShown(text)).toBe(false);
    },
  );

  it("must be true together with every other condition", () => {
    expect(isShown("data.total=5", "id=m-1")).toBe(true);
    expect(isShown("data.total=5", "id=m-2")).toBe(false);
  });

  it.each([["data.total"], ["dta.total=5"], ["=5"], [""]])("%j is not a condition", (text) => {
    expect(parseCondition(text)).toBeUndefined();
  });

  it("may have operators in its value", () => {
    expect(parseCondition("data.text=a=b~c")).toEqual({ path: ["data", "text"], operator: "=", value: "a=b~c" });
  });
});
