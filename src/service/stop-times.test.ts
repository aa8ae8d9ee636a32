import { expect, it } from "vitest";
import { stopMoments } from "./stop-times.ts";

it("a stop ends with the grace period, whose last 5 seconds are for closing", () => {
  expect(stopMoments(25)).toEqual([20_000, 22_500, 24_000, 25_000]);
});

it("a stop gives half of a short grace period to the handlers", () => {
  expect(stopMoments(4)).toEqual([2000, 3000, 3600, 4000]);
});

it("a stop without a grace period aborts handlers at once, and closes within 2 seconds", () => {
  expect(stopMoments(0)).toEqual([0, 1000, 1600, 2000]);
});
