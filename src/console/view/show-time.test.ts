import { describe, expect, it } from "vitest";
import { ago, amount, countdown, counted, delay, duration, rate, size, timeTitle } from "./show-time.ts";

const now = 1_800_000_000_000;

describe("times", () => {
  it.each([
    [0, "just now"],
    [5000, "5 s ago"],
    [-5000, "just now"],
    [180_000, "3 min ago"],
    [7_200_000, "2 h ago"],
    [3 * 86_400_000, "3 d ago"],
  ])("says how long ago %i ms are", (ms, text) => expect(ago(now - ms, now)).toBe(text));

  it.each([
    [-1, "now"],
    [1, "1 s"],
    [59_000, "59 s"],
    [60_000, "1 min"],
    [200_000, "3 min 20 s"],
    [7_200_000, "2 h"],
  ])("counts down from %i ms", (ms, text) => expect(countdown(now + ms, now)).toBe(text));

  it("writes durations and delays with their unit", () => {
    expect([0.04, 12, 3200, 120_000].map(duration)).toEqual(["0.0 ms", "12 ms", "3.2 s", "2 min"]);
    expect([500, 5000, 600_000].map(delay)).toEqual(["500 ms", "5 s", "10 min"]);
  });
});

it("shortens counts, rates and sizes", () => {
  expect([0, 980, 12_400, 3_100_000].map(amount)).toEqual(["0", "980", "12.4k", "3.1M"]);
  expect([0, 0.5, 9, 12.3].map(rate)).toEqual(["0", "0.5", "9", "12"]);
  expect([1, 980, 12_400, 3_100_000].map(size)).toEqual(["1 byte", "980 bytes", "12.4 kB", "3.1 MB"]);
  expect([counted(1, "message"), counted(2, "message")]).toEqual(["1 message", "2 messages"]);
});

it("says what the time of a message is", () => {
  expect([timeTitle("run"), timeTitle("broker")]).toEqual(["Ended", "Seen"]);
});
