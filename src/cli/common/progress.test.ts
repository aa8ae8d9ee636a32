import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Progress } from "./progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

function progressOn(isTTY: boolean): { readonly progress: Progress; readonly written: string[] } {
  const written: string[] = [];
  return { progress: new Progress({ isTTY, write: (text) => written.push(text) }), written };
}

it("progress redraws one line on a terminal, and removes it", () => {
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

it("progress writes a line now and then without a terminal", () => {
  const { progress, written } = progressOn(false);
  for (let second = 1; second <= 11; second++) {
    vi.advanceTimersByTime(1000);
    progress.show(() => `second ${second}`);
  }
  progress.clear();
  expect(written).toEqual(["second 5\n", "second 10\n"]);
});

/** Resolves after this many milliseconds. */
function lasting(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve("done"), ms));
}

it("a wait is shown on a terminal after a second, and removed at its end", async () => {
  const { progress, written } = progressOn(true);
  const waiting = progress.during("Connecting ...", lasting(3000));
  await vi.advanceTimersByTimeAsync(900);
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(written).toEqual(["\r\u001b[KConnecting ..."]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await waiting).toBe("done");
  expect(written.at(-1)).toBe("\r\u001b[K");
});

it("a short wait, or a wait without a terminal, is not shown", async () => {
  const [terminal, pipe] = [progressOn(true), progressOn(false)];
  const waits = [terminal.progress.during("...", lasting(500)), pipe.progress.during("...", lasting(3000))];
  await vi.advanceTimersByTimeAsync(4000);
  await Promise.all(waits);
  expect([...terminal.written, ...pipe.written]).toEqual([]);
});

it("the line of a wait is removed when the work fails", async () => {
  const { progress, written } = progressOn(true);
  const work = lasting(2000).then(() => Promise.reject(new Error("refused")));
  const failed = expect(progress.during("...", work)).rejects.toThrow("refused");
  await vi.advanceTimersByTimeAsync(2000);
  await failed;
  expect(written.at(-1)).toBe("\r\u001b[K");
});
