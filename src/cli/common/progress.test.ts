import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Progress } from "./progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
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

/** Ends after so many milliseconds. */
function lasting(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve("done"), ms));
}

it("says on a terminal what is waited for after a second, and takes it away at the end", async () => {
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

it("says nothing of a short wait, or without a terminal", async () => {
  const [terminal, pipe] = [progressOn(true), progressOn(false)];
  const waits = [terminal.progress.during("...", lasting(500)), pipe.progress.during("...", lasting(3000))];
  await vi.advanceTimersByTimeAsync(4000);
  await Promise.all(waits);
  expect([...terminal.written, ...pipe.written]).toEqual([]);
});

it("takes the line away when what is waited for fails", async () => {
  const { progress, written } = progressOn(true);
  const work = lasting(2000).then(() => Promise.reject(new Error("refused")));
  const failed = expect(progress.during("...", work)).rejects.toThrow("refused");
  await vi.advanceTimersByTimeAsync(2000);
  await failed;
  expect(written.at(-1)).toBe("\r\u001b[K");
});
