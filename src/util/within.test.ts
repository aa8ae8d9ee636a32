import { describe, expect, it } from "vitest";
import type { Clock } from "./clock.ts";
import { createDeferred } from "./deferred.ts";
import { atMost, within } from "./within.ts";

/** A clock with one timer, which the test fires. */
class OneTimer implements Clock {
  due: (() => void) | undefined;
  now(): number {
    return 0;
  }
  after(_ms: number, callback: () => void): () => void {
    this.due = callback;
    return () => {
      this.due = undefined;
    };
  }
}

const late = (): Error => new Error("late");

describe("within", () => {
  it("settles like the promise, and leaves no timer", async () => {
    const clock = new OneTimer();
    expect(await within(Promise.resolve(1), 5, clock, late)).toBe(1);
    expect(clock.due).toBeUndefined();
    await expect(within(Promise.reject(new Error("own")), 5, clock, late)).rejects.toThrow("own");
    expect(clock.due).toBeUndefined();
  });

  it("rejects after the time, and ignores a later result", async () => {
    const clock = new OneTimer();
    const slow = createDeferred();
    const asked = within(slow.promise, 5, clock, late);
    clock.due?.();
    slow.reject(new Error("own"));
    await expect(asked).rejects.toThrow("late");
  });
});

describe("atMost", () => {
  it("waits for the promise, and rejects with its error", async () => {
    const done: string[] = [];
    const slow = createDeferred();
    const asked = atMost(slow.promise, 60_000).then(() => done.push("asked"));
    done.push("promise");
    slow.resolve();
    await asked;
    expect(done).toEqual(["promise", "asked"]);
    await expect(atMost(Promise.reject(new Error("own")), 60_000)).rejects.toThrow("own");
  });

  it("resolves after the time, and ignores a later result", async () => {
    const slow = createDeferred();
    await atMost(slow.promise, 1);
    slow.reject(new Error("own"));
    await slow.promise.catch(() => {});
  });
});
