/** RetryLater gets an existing delay, and never a shorter one if there is a longer one. */
import { expect, it } from "vitest";
import { ladderMs, rungFor } from "./retry-ladder.ts";

it.each([
  [0, [], 1000],
  [1000, [], 1000],
  [1001, [], 5000],
  [20_000, [], 30_000],
  [3_600_001, [], 21_600_000],
  [86_400_000, [], 86_400_000],
  [90_000_000, [], 86_400_000],
  [0, [250, 100], 100],
  [200, [250, 100], 250],
  [20_000, [25_000], 25_000],
  [90_000_000, [172_800_000], 172_800_000],
  [999_999_999, [172_800_000], 172_800_000],
])("rounds %d ms, beside the policy's %j, to %d ms", (askedMs, delaysMs, rung) => {
  expect(rungFor(askedMs, ladderMs, delaysMs)).toBe(rung);
});

it.each([
  [20_000, [5000, 60_000], 60_000],
  [90_000, [5000, 60_000], 60_000],
  [90_000, [], 90_000],
])("rounds %d ms, with no ladder and the delays %j, to %d ms", (askedMs, delaysMs, rung) => {
  expect(rungFor(askedMs, delaysMs)).toBe(rung);
});
