import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RemainingTime } from "./dlq-progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

it("the progress shows the remaining time, when the rate is known", () => {
  const remaining = new RemainingTime();
  vi.advanceTimersByTime(1000);
  expect(remaining.after(10, 1000)).toBe("");
  vi.advanceTimersByTime(9000);
  expect(remaining.after(0, 1000)).toBe("");
  expect(remaining.after(100, 1900)).toBe(", about 3 minutes left");
  expect(remaining.after(1000, 1000)).toBe("");
});
