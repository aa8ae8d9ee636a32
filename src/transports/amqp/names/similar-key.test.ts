import { expect, it } from "vitest";
import { meantKey, similarKey } from "./similar-key.ts";

it.each([
  ["order.piad", ["order.paid", "order.sent"], "order.paid"],
  ["order.42.piad", ["order.*.paid"], "order.42.paid"],
  ["oder.42.paid", ["order.*.*"], "order.42.paid"],
  ["noet.a.b", ["note.#"], "note.a.b"],
  ["note.a.b.addde", ["note.#.added"], "note.a.b.added"],
  ["Order.paid", ["order.paid"], "order.paid"],
])("of %s by the patterns %j is %s", (key, patterns, expected) => {
  expect(similarKey(key, patterns)).toBe(expected);
});

it.each([
  ["invoice.sent", ["order.*.paid", "note.#"]],
  ["order", ["order.*.paid"]],
  ["order.paid", []],
  ["order.paid", ["order.pald", "order.*"]],
])("of %s by the patterns %j finds nothing similar", (key, patterns) =>
  expect(similarKey(key, patterns)).toBeUndefined(),
);

it("is a key of handlers on the exchange that was asked for, and only where an exchange routes by keys", () => {
  const bound = (exchangeName: string, exchangeType: string) => ({
    patterns: ["order.paid"],
    exchangeName,
    exchangeType,
  });
  expect(meantKey("order.piad", "a", [bound("a", "topic")])).toBe("order.paid");
  expect(meantKey("order.piad", undefined, [bound("a", "direct")])).toBe("order.paid");
  expect(meantKey("order.piad", "b", [bound("a", "topic")])).toBeUndefined();
  for (const type of ["fanout", "headers"]) expect(meantKey("order.piad", "a", [bound("a", type)])).toBeUndefined();
});
