/** Durations as people write them, and the one form in which they are shown. */
import { describe, expect, it } from "vitest";
import { fieldProblems } from "./check-fields.ts";
import { durationsWithin, durationWithin, formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["5s", 5000],
    ["5 s", 5000],
    ["1m", 60_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    [5, 5000],
    [0.25, 250],
    [0, 0],
    ["0s", 0],
  ])("reads %j as %d ms", (given, ms) => {
    expect(parseDuration(given)).toBe(ms);
  });

  it.each([
    "",
    "5",
    "s",
    "-5s",
    "5 sec",
    "1h30m",
    "5S",
    "1e3s",
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    {},
    [5],
  ])("refuses %j", (given) => {
    expect(parseDuration(given)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [250, "250ms"],
    [1500, "1500ms"],
    [5000, "5s"],
    [60_000, "1m"],
    [90_000, "90s"],
    [3_600_000, "1h"],
    [86_400_000, "24h"],
  ])("shows %d ms as %s, which reads as the same", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
    expect(parseDuration(text)).toBe(ms);
  });
});

describe("a number without a unit", () => {
  it("is refused from 1000 on, also in a list, with the form to write", () => {
    const checks = { one: durationWithin(0, 10_000_000), list: durationsWithin(0, 10_000_000) };
    expect(fieldProblems({ one: 999, list: [0.5, 999] }, "options", checks)).toEqual([]);
    const problems = fieldProblems({ one: 5000, list: ["1s", 60_000] }, "options", checks);
    expect(problems[0]).toContain('but 5000 has no unit. Write "5000s" for seconds, or "5000ms" for milliseconds.');
    expect(problems[1]).toContain('but 60000 has no unit. Write "60000s"');
  });

  it("may be any number for an option that Python has", () => {
    const check = durationWithin(0, 100_000_000, { anyNumber: true });
    expect([check.fits(86_400), check.fits("1d"), check.fits(200_000)]).toEqual([true, true, false]);
  });
});

describe("the checks", () => {
  const one = durationWithin(1, 2000);
  const list = durationsWithin(1, 2000);

  it.each([0, "0s", "3s", "soon", undefined])("refuse %j, alone and in a list", (value) => {
    expect([one.fits(value), list.fits(["1s", value])]).toEqual([false, false]);
  });

  it("accept both bounds and values between, and name them in errors", () => {
    expect(["1ms", "1s", 2].map((value) => one.fits(value))).toEqual([true, true, true]);
    expect([list.fits(["1ms", 2]), list.fits([]), list.fits("1s")]).toEqual([true, true, false]);
    expect(one.expected).toContain("from 1ms to 2s");
    expect(list.expected).toContain("from 1ms to 2s");
  });
});
