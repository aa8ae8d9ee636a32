/** Time that moves only when a test advances it. */
import { describe, expect, it } from "vitest";
import { createVirtualClock } from "./virtual-clock.ts";

/** Which callbacks were called, and at what time. */
function recording(clock: ReturnType<typeof createVirtualClock>): {
  readonly calls: [string, number][];
  call(name: string): () => void;
} {
  const calls: [string, number][] = [];
  return { calls, call: (name) => () => calls.push([name, clock.now()]) };
}

describe("a virtual clock", () => {
  it("does not move until it is advanced", async () => {
    const clock = createVirtualClock({ now: 1000 });
    const { calls, call } = recording(clock);
    clock.after(0, call("at once"));
    clock.after(-5, call("in the past"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([clock.now(), calls, clock.pending]).toEqual([1000, [], 2]);
    await clock.advance("0ms");
    expect(calls).toEqual([
      ["at once", 1000],
      ["in the past", 1000],
    ]);
    expect([clock.now(), clock.pending]).toEqual([1000, 0]);
  });

  it("starts at the real time", () => {
    const before = Date.now();
    const now = createVirtualClock().now();
    expect([now >= before, now <= Date.now()]).toEqual([true, true]);
  });

  it("calls only due timers, in order and at their time", async () => {
    const clock = createVirtualClock({ now: 0 });
    const { calls, call } = recording(clock);
    clock.after(30, call("late"));
    clock.after(10, call("early"));
    clock.after(10, call("early too"));
    clock.after(31, call("never"));
    clock.after(20, call("given up"))();
    await clock.advance("30ms");
    expect(calls).toEqual([
      ["early", 10],
      ["early too", 10],
      ["late", 30],
    ]);
    expect([clock.now(), clock.pending]).toEqual([30, 1]);
  });

  it("also calls timers that were set in the meantime, but not cancelled ones", async () => {
    const clock = createVirtualClock({ now: 0 });
    const { calls, call } = recording(clock);
    clock.after(10, () => {
      forget();
      clock.after(5, call("set by the first"));
    });
    const forget = clock.after(10, call("given up by the first"));
    await clock.advance("100ms");
    expect(calls).toEqual([["set by the first", 15]]);
    expect(clock.now()).toBe(100);
  });

  it("lets the work of the last moment finish before it continues", async () => {
    const clock = createVirtualClock({ now: 0 });
    const { calls, call } = recording(clock);
    clock.after(10, () => void setImmediate(call("work of the first")));
    clock.after(20, call("second"));
    const settled: number[] = [];
    const forget = clock.onSettle(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      settled.push(clock.now());
    });
    await clock.advance("25ms");
    expect(calls).toEqual([
      ["work of the first", 10],
      ["second", 20],
    ]);
    expect(settled).toEqual([0, 10, 20]);
    forget();
    await clock.advance("5ms");
    expect(settled).toHaveLength(3);
  });

  it("runs one advance after the other", async () => {
    const clock = createVirtualClock({ now: 0 });
    const { calls, call } = recording(clock);
    clock.after(15, call("in the second"));
    await Promise.all([clock.advance("10ms"), clock.advance("10ms")]);
    expect([clock.now(), calls]).toEqual([20, [["in the second", 15]]]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 5000, "5 sec", null])("does not accept %s", async (time) => {
    const clock = createVirtualClock({ now: 0 });
    await expect(clock.advance(time as never)).rejects.toMatchObject({ code: "ERR_TESTING_USAGE" });
    await clock.advance("1ms");
    expect(clock.now()).toBe(1);
  });

  it("rejects with what a callback threw, and continues after it", async () => {
    const clock = createVirtualClock({ now: 0 });
    clock.after(1, () => {
      throw new Error("of the callback");
    });
    await expect(clock.advance("5ms")).rejects.toThrow("of the callback");
    await clock.advance("5ms");
    expect(clock.now()).toBe(6);
  });
});
