/** Delays grow, stay below their ceiling and differ from each other. */
import { afterEach, expect, it, vi } from "vitest";
import { backoffMs } from "./backoff.ts";

const options = { firstMs: 100, maxMs: 1000 };

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  [1, 50, 100],
  [2, 100, 200],
  [3, 200, 400],
  [4, 400, 800],
  [5, 500, 1000],
  [6, 500, 1000],
  [1_000_000, 500, 1000],
])("the backoff before attempt %i is between half and all of the doubled delay: %i to %i", (attempt, least, most) => {
  const random = vi.spyOn(Math, "random");
  random.mockReturnValueOnce(0);
  expect(backoffMs(attempt, options)).toBe(least);
  random.mockReturnValueOnce(1);
  expect(backoffMs(attempt, options)).toBe(most);
});

it("the backoff differs between calls", () => {
  const delays = new Set(Array.from({ length: 50 }, () => backoffMs(10, { firstMs: 1000, maxMs: 1_000_000 })));
  expect(delays.size).toBeGreaterThan(10);
});
