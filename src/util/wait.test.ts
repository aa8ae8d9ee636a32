/** Waits end at their time or their signal, and leave nothing behind. */
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { aborted, wait } from "./wait.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("wait", () => {
  it("resolves after its time, not before", async () => {
    const done = vi.fn();
    void wait(1000).then(done);
    await vi.advanceTimersByTimeAsync(999);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toHaveBeenCalledOnce();
  });

  it("resolves at once when its signal aborts, and leaves no timer", async () => {
    const controller = new AbortController();
    const waiting = wait(1_000_000, controller.signal);
    controller.abort(new Error("never thrown"));
    await expect(waiting).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not start when its signal has already aborted", async () => {
    await wait(1_000_000, AbortSignal.abort());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no listener on a signal with a longer life", async () => {
    const { signal } = new AbortController();
    const waiting = wait(10, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10);
    await waiting;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("wait with a given clock", () => {
  it("uses the time of the clock, and cancels its timer when the signal aborts", async () => {
    const clock = createVirtualClock();
    const controller = new AbortController();
    const done = vi.fn();
    void wait(1000, undefined, clock).then(done);
    const cut = wait(2000, controller.signal, clock);
    await vi.advanceTimersByTimeAsync(5000);
    expect([done.mock.calls.length, clock.pending]).toEqual([0, 2]);
    await clock.advance("1000ms");
    expect([done.mock.calls.length, clock.pending]).toEqual([1, 1]);
    controller.abort();
    await cut;
    expect(clock.pending).toBe(0);
  });
});

describe("aborted", () => {
  it("resolves when the signal aborts", async () => {
    const controller = new AbortController();
    const done = vi.fn();
    void aborted(controller.signal).then(done);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).not.toHaveBeenCalled();
    controller.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toHaveBeenCalledOnce();
  });

  it("resolves at once for a signal that has aborted", async () => {
    await expect(aborted(AbortSignal.abort())).resolves.toBeUndefined();
  });
});
