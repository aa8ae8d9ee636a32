import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Progress, RemainingTime } from "./dlq-progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

function progressOn(isTTY: boolean): { readonly progress: Progress; readonly written: string[] } {
  const written: string[] = [];
  return { progress: new Progress({ isTTY, write: (text) => written.push(text) }), written };
}

it("draws one line over itself on a terminal, and takes it away", () => {
  const { progress, written } = progressOn(true);
  progress.show(() => "too early");
  for (const text of ["1 of 2", "2 of 2"]) {
    vi.advanceTimersByTime(100);
    progress.show(() => text);
  }
  progress.clear();
  progress.clear();
  expect(written).toEqual(["\r\u001b[K1 of 2", "\r\u001b[K2 of 2", "\r\u001b[K"]);
});

it("writes a line now and then elsewhere", () => {
  const { progress, written } = progressOn(false);
  for (let second = 1; second <= 11; second++) {
    vi.advanceTimersByTime(1000);
    progress.show(() => `second ${second}`);
  }
  progress.clear();
  expect(written).toEqual(["second 5\n", "second 10\n"]);
});

it("says how long it still takes, when the rate is known", () => {
  const remaining = new RemainingTime();
  vi.advanceTimersByTime(1000);
  expect(remaining.after(10, 1000)).toBe("");
  vi.advanceTimersByTime(9000);
  expect(remaining.after(0, 1000)).toBe("");
  expect(remaining.after(100, 1900)).toBe(", about 3 minutes left");
  expect(remaining.after(1000, 1000)).toBe("");
});
