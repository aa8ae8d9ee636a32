/** Every error here says by its code what it is. */
import { describe, expect, it } from "vitest";
import { clauseOf, hasCode, messageOf, TomodachiError } from "./errors.ts";

class BrokerError extends TomodachiError {}

describe("TomodachiError", () => {
  it("carries code, message, cause and the name of its own class", () => {
    const cause = new Error("why");
    const error = new BrokerError("ERR_BROKER", "what", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "BrokerError", code: "ERR_BROKER", message: "what", cause });
    expect(error.stack).toContain("what");
  });

  it("has no cause where none was given", () => {
    expect("cause" in new TomodachiError("ERR_A", "a")).toBe(false);
  });
});

describe("hasCode", () => {
  it.each([
    [new BrokerError("ERR_A", "a"), true],
    [{ code: "ERR_A" }, true],
    [new BrokerError("ERR_B", "b"), false],
    [new Error("ERR_A"), false],
    ["ERR_A", false],
    [null, false],
    [undefined, false],
  ])("tells errors by their code alone: %o", (error, expected) => {
    expect(hasCode(error, "ERR_A")).toBe(expected);
  });
});

describe("messageOf", () => {
  const unprintable = {
    toString(): string {
      throw new Error("no text");
    },
  };

  it.each([
    [new Error("what"), "what"],
    [new TypeError(), "TypeError"],
    ["text", "text"],
    [undefined, "undefined"],
    [null, "null"],
    [5, "5"],
    [Symbol("s"), "Symbol(s)"],
    [unprintable, "something that cannot be turned into text"],
    [Object.create(null), "something that cannot be turned into text"],
  ])("gives a text for whatever was thrown", (thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});

describe("clauseOf", () => {
  it("is the message without its full stop, so that a sentence may go on", () => {
    const texts = ["It failed.", "It failed", "Version 1.5", "Why?"].map((text) => clauseOf(new Error(text)));
    expect(texts).toEqual(["It failed", "It failed", "Version 1.5", "Why?"]);
  });
});
