import { describe, expect, it } from "vitest";
import { hasColours, paletteFor } from "./colours.ts";

const terminal = { isTTY: true, hasColors: () => true };
const file = { isTTY: undefined };

describe("colours", () => {
  it.each([
    ["a terminal", terminal, {}, true],
    ["a terminal without colours", { isTTY: true, hasColors: () => false }, {}, false],
    ["a file or a pipe", file, {}, false],
    ["NO_COLOR", terminal, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR", terminal, { NO_COLOR: "" }, true],
    ["NO_COLOR and FORCE_COLOR", terminal, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    ["FORCE_COLOR on a pipe", file, { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0 on a terminal", terminal, { FORCE_COLOR: "0" }, false],
  ])("with %s", (_what, stream, environment, expected) => {
    expect(hasColours(stream, environment)).toBe(expected);
  });

  it("change nothing when they are off, and are reset when they are on", () => {
    expect(paletteFor(file, {}).red("a")).toBe("a");
    expect(paletteFor(terminal, {}).red("a")).toBe("\u001b[31ma\u001b[39m");
    expect(paletteFor(terminal, {}).bold("")).toBe("");
  });
});
