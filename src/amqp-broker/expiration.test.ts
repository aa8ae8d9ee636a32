/** Milliseconds as strings. */
import { describe, expect, it } from "vitest";
import { parseExpiration } from "./expiration.ts";

describe("parseExpiration", () => {
  it.each([
    ["0", 0],
    ["60000", 60_000],
    ["007", 7],
    ["+5", 5],
    ["-0", 0],
    ["315360000000", 315_360_000_000],
  ])("reads %j", (text, ms) => {
    expect(parseExpiration(text) + 0).toBe(ms);
  });

  it.each([
    ["", "no_integer"],
    [" 1", "no_integer"],
    ["abc", "no_integer"],
    ["+", "no_integer"],
    ["1.5", '{leftover_string,".5"}'],
    ["1 ", '{leftover_string," "}'],
    ["1\n", '{leftover_string,"\n"}'],
    ["1e3", '{leftover_string,"e3"}'],
    ["-1", "{value_negative,-1}"],
    ["315360000001", "{value_too_large,315360000001}"],
    ["9".repeat(250), `{value_too_large,${"9".repeat(250)}}`],
  ])("refuses %j", (text, reason) => {
    const message = `PRECONDITION_FAILED - invalid expiration '${text}': ${reason}`;
    expect(() => parseExpiration(text)).toThrow(expect.objectContaining({ scope: "channel", replyCode: 406, message }));
  });
});
