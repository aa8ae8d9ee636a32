import { expect, it } from "vitest";
import { similarKey } from "./similar-key.ts";

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
