/** Patterns match as a topic exchange matches them. */
import { expect, it } from "vitest";
import { topicMatches } from "./topic-pattern.ts";

it.each([
  ["order.paid", "order.paid", true],
  ["order.paid", "order.paid.late", false],
  ["order.*", "order.paid", true],
  ["order.*", "order", false],
  ["order.*", "order.paid.late", false],
  ["*.paid", "order.paid", true],
  ["*", "", true],
  ["#", "", true],
  ["#", "a.b.c", true],
  ["order.#", "order", true],
  ["order.#", "order.paid.late", true],
  ["order.#", "orders.paid", false],
  ["#.late", "late", true],
  ["#.late", "order.paid.late", true],
  ["#.late", "order.late.paid", false],
  ["a.#.b.#.c", "a.b.c", true],
  ["a.#.b.#.c", "a.x.b.y.z.c", true],
  ["a.#.b.#.c", "a.c.b", false],
  ["#.*", "", true],
  ["#.*.*", "a", false],
  ["a..b", "a..b", true],
  ["a.*.b", "a..b", true],
  ["a.b", "A.b", false],
  ["a.+", "a.b", false],
])("%j and %j: %s", (pattern, key, expected) => {
  expect(topicMatches(pattern, key)).toBe(expected);
});
