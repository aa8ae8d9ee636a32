import { expect, it } from "vitest";
import { matchKey } from "./match-key.ts";

it.each([
  ["order.*.paid", "order.42.paid", '"order.*.paid" matches'],
  ["#", "", '"#" matches'],
  ["order.#", "order", '"order.#" matches'],
  ["*.paid", "paid", '"*.paid" needs 2 words, and the key has 1 (* matches one word, # any number)'],
  ["order.*.paid", "order.42.sent", 'word 3 of "order.*.paid" is "paid", and the key has "sent"'],
  [
    "Order.paid",
    "order.paid",
    'word 1 of "Order.paid" is "Order", and the key has "order": upper and lower case count',
  ],
  ["a.b.#", "a", '"a.b.#" needs at least 2 words, and the key has 1'],
  ["a.#.z", "a.b.c", 'what follows # in "a.#.z" is not at the end of the key'],
])("the trace says why %j does or does not match %j", (pattern, key, why) => {
  expect(matchKey("topic", pattern, key)).toEqual({ matches: why.endsWith("matches"), why });
});

it("matching follows the type of the exchange", () => {
  expect(matchKey("direct", "a.*", "a.b")).toEqual({
    matches: false,
    why: 'a direct exchange needs exactly "a.*": * and # are ordinary characters there',
  });
  expect(matchKey("direct", "a.b", "a.b").matches).toBe(true);
  expect(matchKey("fanout", "x", "a.b").matches).toBe(true);
  expect(matchKey("headers", "", "a.b").matches).toBeUndefined();
});
