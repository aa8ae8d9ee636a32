/** The name that a typo probably means. */
import { describe, expect, it } from "vitest";
import { closest } from "./closest.ts";

const known = ["prefetch", "queueName", "queueTtl", "competing", "url"];

describe("closest", () => {
  it.each([
    ["prefech", "prefetch"],
    ["perfetch", "prefetch"],
    ["PREFETCH", "prefetch"],
    ["queuename", "queueName"],
    ["queue_name", "queueName"],
    ["queueTtls", "queueTtl"],
    ["ulr", "url"],
    ["compteing", "competing"],
  ])("finds %s for %s", (word, meant) => {
    expect(closest(word, known)).toBe(meant);
  });

  it.each(["x", "retries", "exchange", ""])("returns nothing for %j, which is not similar to any", (word) => {
    expect(closest(word, ["prefetch", "queueName"])).toBeUndefined();
  });

  it("returns nothing for a word of three letters with two slips", () => {
    expect(closest("foo", ["go", "from", "run"])).toBeUndefined();
    expect(closest("urn", ["go", "from", "run"])).toBe("run");
  });

  it("counts a swap of neighbouring characters as one mistake, so that it wins over two others", () => {
    expect(closest("abdc", ["abxy", "abcd"])).toBe("abcd");
  });

  it("returns the first of two that are equally similar", () => {
    expect(closest("cat", ["car", "cap"])).toBe("car");
  });

  it("returns nothing without candidates", () => {
    expect(closest("a", [])).toBeUndefined();
  });
});
