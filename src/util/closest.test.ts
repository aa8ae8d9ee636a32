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
  ])("takes %s for %s", (word, meant) => {
    expect(closest(word, known)).toBe(meant);
  });

  it.each(["x", "retries", "exchange", ""])("makes no guess at %j, which is near to nothing", (word) => {
    expect(closest(word, ["prefetch", "queueName"])).toBeUndefined();
  });

  it("counts a swap of neighbours as one slip, so that it wins over two others", () => {
    expect(closest("abdc", ["abxy", "abcd"])).toBe("abcd");
  });

  it("takes the first of two that are equally near", () => {
    expect(closest("cat", ["car", "cap"])).toBe("car");
  });

  it("knows nothing where nothing is known", () => {
    expect(closest("a", [])).toBeUndefined();
  });
});
