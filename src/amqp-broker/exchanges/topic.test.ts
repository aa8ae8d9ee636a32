/** Topic exchanges, compared with a slow and simple matcher. */
import { describe, expect, it } from "vitest";
import { binding, reachedBy } from "../../../test/support/bindings.ts";
import { seededRandom } from "../../testing/random.ts";
import type { ExchangeBinding } from "./binding.ts";
import { TopicBindings } from "./topic.ts";

/** What the words of a pattern mean, tried one way after the other. */
function agrees(pattern: readonly string[], key: readonly string[]): boolean {
  const [word, ...rest] = pattern;
  if (word === undefined) return key.length === 0;
  if (word === "#") return agrees(rest, key) || (key.length > 0 && agrees(pattern, key.slice(1)));
  return key.length > 0 && (word === "*" || word === key[0]) && agrees(rest, key.slice(1));
}

function wordsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(".");
}

function tableOf(...patterns: readonly string[]): TopicBindings {
  const table = new TopicBindings();
  for (const pattern of patterns) table.add(binding(pattern, pattern));
  return table;
}

describe("TopicBindings", () => {
  const patterns = [
    "order.paid",
    "order.*",
    "*.paid",
    "#",
    "order.#",
    "#.paid",
    "order.paid.#",
    "#.order.paid",
    "*",
    "*.*",
  ];

  it.each([
    [
      "order.paid",
      ["order.paid", "order.*", "*.paid", "#", "order.#", "#.paid", "order.paid.#", "#.order.paid", "*.*"],
    ],
    ["order", ["#", "*", "order.#"]],
    ["paid", ["#", "*", "#.paid"]],
    ["order.paid.late", ["#", "order.#", "order.paid.#"]],
    ["very.late.order.paid", ["#", "#.paid", "#.order.paid"]],
    ["Order.paid", ["#", "*.paid", "#.paid", "*.*"]],
    ["", ["#"]],
    [".", ["#", "*.*"]],
    ["order.", ["#", "order.#", "order.*", "*.*"]],
    ["*", ["#", "*"]],
  ])("matches %j with the right patterns only", (key, expected) => {
    const table = tableOf(...patterns);
    expect(new Set(reachedBy(table, key))).toEqual(new Set(expected));
  });

  it("returns a binding once, even if several paths match", () => {
    expect(reachedBy(tableOf("#.#.#"), "a.b.c")).toEqual(["#.#.#"]);
    expect(reachedBy(tableOf("#.*.#"), "a.b.c")).toEqual(["#.*.#"]);
    expect(reachedBy(tableOf("#.a.#"), "a.a.a")).toEqual(["#.a.#"]);
  });

  it("returns two bindings with one pattern, and one after the other was removed", () => {
    const table = new TopicBindings();
    const [one, other] = [binding("a", "x.#"), binding("b", "x.#")];
    table.add(one);
    table.add(other);
    expect(reachedBy(table, "x.y")).toEqual(["a", "b"]);
    table.remove(one);
    expect(reachedBy(table, "x.y")).toEqual(["b"]);
  });

  it("keeps the longer pattern when the shorter one is removed, and the reverse", () => {
    const table = new TopicBindings();
    const [short, long] = [binding("short", "a.*"), binding("long", "a.*.#.c")];
    table.add(short);
    table.add(long);
    table.remove(short);
    expect(reachedBy(table, "a.b")).toEqual([]);
    expect(reachedBy(table, "a.b.c")).toEqual(["long"]);
    table.add(short);
    table.remove(long);
    expect(reachedBy(table, "a.b")).toEqual(["short"]);
    expect(reachedBy(table, "a.b.c")).toEqual([]);
  });

  it("does not change when a missing binding is removed", () => {
    const table = tableOf("a.b");
    table.remove(binding("x", "a.b"));
    table.remove(binding("x", "a.b.c"));
    table.remove(binding("x", "#"));
    expect(reachedBy(table, "a.b")).toEqual(["a.b"]);
  });

  it("agrees with a simple matcher after thousands of additions and removals", () => {
    const random = seededRandom(4711);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const text = (words: readonly string[]): string =>
      Array.from({ length: Math.floor(random() * 5) }, () => pick(words)).join(".");
    const table = new TopicBindings();
    const bound = new Set<ExchangeBinding>();
    for (let round = 0; round < 4000; round++) {
      const [old] = bound;
      if (old && random() < 0.5) {
        const gone = random() < 0.5 ? old : pick([...bound]);
        table.remove(gone);
        bound.delete(gone);
      } else {
        const added = binding(`${round}`, text(["a", "b", "", "*", "#"]));
        table.add(added);
        bound.add(added);
      }
      if (round % 4 > 0) continue;
      const key = text(["a", "b", "c", ""]);
      const expected = [...bound].filter(({ routingKey }) => agrees(wordsOf(routingKey), wordsOf(key)));
      expect(reachedBy(table, key), key).toEqual(expected.map(({ target }) => target.name).sort());
    }
  });

  it("matches a long key against many patterns in bounded time", () => {
    const table = tableOf("#.a.#.a.#.a.#.a.#.b", "#.*.#.*.#.*.#.*.#.b");
    const started = performance.now();
    expect(reachedBy(table, "a.".repeat(120).slice(0, -1))).toEqual([]);
    // The plain matcher needs hours for it.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
