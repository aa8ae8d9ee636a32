import { describe, expect, it } from "vitest";
import { hidePasswords } from "./hide-passwords.ts";
import { stackOf } from "./stack-of.ts";

class ChargeFailed extends Error {}

/** Without frames: the lines that say which errors there are. */
function headsOf(error: Error, bytes = 16_000): readonly string[] {
  return (stackOf(error, bytes) ?? "").split("\n").filter((line) => !/^\s+at /.test(line));
}

describe("stackOf", () => {
  it("has the stacks of all causes, each named by its class", () => {
    const root = new Error("connection refused");
    const error = new Error("order 7", { cause: new ChargeFailed("no answer", { cause: root }) });
    expect(headsOf(error)).toEqual([
      "Error: order 7",
      "caused by: ChargeFailed: no answer",
      "caused by: Error: connection refused",
    ]);
    expect(stackOf(error, 16_000)?.match(/stack-of\.test\.ts:\d+/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it("has the errors of an AggregateError, also when it is a cause", () => {
    const several = new AggregateError([new Error("::1 refused"), new TypeError("127.0.0.1 refused")]);
    expect(headsOf(new TypeError("fetch failed", { cause: several }))).toEqual([
      "TypeError: fetch failed",
      "caused by: AggregateError: ",
      "error 1 of 2: Error: ::1 refused",
      "error 2 of 2: TypeError: 127.0.0.1 refused",
    ]);
  });

  it("has a cause that is not an error", () => {
    expect(headsOf(new Error("order 7", { cause: "the bank is closed" }))).toEqual([
      "Error: order 7",
      "caused by: the bank is closed",
    ]);
  });

  it("ends at a cycle, and after 10 errors", () => {
    const cyclic: Error & { cause?: unknown } = new Error("outer");
    cyclic.cause = new Error("inner", { cause: cyclic });
    expect(headsOf(cyclic)).toEqual(["Error: outer", "caused by: Error: inner"]);
    expect(headsOf(new AggregateError(Array.from({ length: 50 }, (_, at) => new Error(String(at)))))).toHaveLength(10);
  });

  it("gives each error an equal share of too few bytes, so that a long stack hides no cause", () => {
    const error = new Error("a".repeat(5000), {
      cause: new Error(`b${"é".repeat(5000)}`, { cause: new Error("root") }),
    });
    const stack = stackOf(error, 900) ?? "";
    expect(Buffer.byteLength(stack)).toBeLessThanOrEqual(900);
    expect(stack).toContain("caused by: Error: b");
    expect(stack).toContain("caused by: Error: root");
  });

  it.each([0, 1])("rewrites each stack before it is cut, with %i causes", (causes) => {
    const address = "amqp://ada:correct-horse-battery-staple@broker";
    for (let before = 0; before < 120; before++) {
      const error = new Error("x".repeat(before) + address, causes ? { cause: new Error("y".repeat(5000)) } : {});
      expect(stackOf(error, causes ? 160 : 80, hidePasswords)).not.toContain("correct");
    }
  });

  it("is absent without a stack and a cause, and says the message where only the stack is missing", () => {
    const bare = (message: string, options?: ErrorOptions): Error => {
      const error = new RangeError(message, options);
      delete error.stack;
      return error;
    };
    expect(stackOf(bare("a"), 100)).toBeUndefined();
    expect(stackOf(bare("a", { cause: bare("b") }), 100)).toBe("RangeError: a\ncaused by: RangeError: b");
  });
});
