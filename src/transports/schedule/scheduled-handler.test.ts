/** How a schedule continues: no drift, no pile of runs, clocks that jump. */
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { capturingLogger } from "../../../test/support/capturing-logger.ts";
import type { HandlerRun, HandlerRunResult } from "../../service/handler-run.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { type Clock, systemClock } from "../../util/clock.ts";
import { createDeferred, type Deferred } from "../../util/deferred.ts";
import type { Duration } from "../../util/duration.ts";
import { resolveSchedule, type ScheduleOptions } from "./options.ts";
import { ScheduledHandler } from "./scheduled-handler.ts";

const { logger, lines } = await capturingLogger();
const noon = Date.UTC(2026, 5, 17, 12);
const returned: HandlerRunResult = { kind: "returned", value: undefined };

afterEach(() => {
  lines.length = 0;
});

/** A schedule whose runs the test ends. */
function create(options: ScheduleOptions, clock: Clock = createVirtualClock({ now: noon })) {
  const runs: (HandlerRun & { readonly end: Deferred<HandlerRunResult> })[] = [];
  const run = (one: HandlerRun): Promise<HandlerRunResult> => {
    const end = createDeferred<HandlerRunResult>();
    runs.push({ ...one, end });
    return end.promise;
  };
  const schedule = resolveSchedule(options, { timezone: "UTC" }, "@schedule()");
  const handler = new ScheduledHandler({ name: "tick", logger, schedule, clock, run });
  const dueAt = (): number[] => runs.map(({ data }) => ((data as Date).getTime() - noon) / 1000);
  const advance = async (time: Duration): Promise<void> => {
    await (clock as ReturnType<typeof createVirtualClock>).advance(time);
  };
  const endAll = async (result = returned): Promise<void> => {
    for (const { end } of runs) end.resolve(result);
    await turn();
  };
  return { handler, runs, dueAt, advance, endAll, clock };
}

describe("a schedule", () => {
  it("is due at whole multiples of its interval, however late and long its runs are", async () => {
    const { handler, dueAt, advance, endAll } = create({ every: "1s" });
    handler.begin();
    for (const ms of [999, 1, 700, 300, 1000]) {
      await advance(`${ms}ms`);
      await endAll();
    }
    expect(dueAt()).toEqual([1, 2, 3]);
    handler.stop();
    await advance("10000ms");
    expect(dueAt()).toEqual([1, 2, 3]);
  });

  it("starts no run while it is paused, and skips the times in between", async () => {
    const { handler, dueAt, advance, endAll } = create({ every: "1s" });
    await handler.pause("paused by a test");
    handler.begin();
    await advance("2500ms");
    expect([dueAt(), handler.health.skipped]).toEqual([[], 2]);
    expect(handler.health.paused).toEqual({ since: new Date(noon), reason: "paused by a test" });
    expect(handler.health.nextRun).toEqual(new Date(noon + 3000));
    handler.resume();
    await advance("1000ms");
    await endAll();
    expect([dueAt(), handler.health.paused]).toEqual([[3], undefined]);
    handler.stop();
  });

  it("reports when the last run has ended after it was paused", async () => {
    const { handler, runs, advance } = create({ every: "1s", overlap: true });
    handler.begin();
    await advance("2000ms");
    let drained = false;
    const paused = handler.pause("paused by a test").then(() => {
      drained = true;
    });
    runs[0]?.end.resolve(returned);
    await turn();
    expect(drained).toBe(false);
    runs[1]?.end.resolve(returned);
    await paused;
    handler.stop();
  });

  it("passes each run its due time, its start time and the next due time", async () => {
    const { handler, runs, advance } = create({ cron: "*/5 * * * *", timeoutSeconds: 2 });
    handler.begin();
    await advance("300000ms");
    expect(runs[0]).toMatchObject({
      data: new Date(noon + 300_000),
      message: new Date(noon + 300_000),
      timeoutSeconds: 2,
      logFields: { scheduledAt: "2026-06-17T12:05:00.000Z" },
      values: {
        scheduledAt: new Date(noon + 300_000),
        firedAt: new Date(noon + 300_000),
        nextAt: new Date(noon + 600_000),
        schedule: 'cron "*/5 * * * *" (UTC)',
      },
    });
  });

  it("runs at once with immediately, then at its times; a single time may not have that option", async () => {
    const often = create({ every: "10s", immediately: true });
    often.handler.begin();
    expect(often.dueAt()).toEqual([0]);
    await often.endAll();
    await often.advance("10000ms");
    expect(often.dueAt()).toEqual([0, 10]);
    const once = create({ at: "2020-01-01 00:00", immediately: true });
    once.handler.begin();
    await once.advance("86400000ms");
    expect(once.dueAt()).toEqual([0]);
    expect(once.handler.health).toMatchObject({ nextRun: undefined, running: 1 });
    expect(once.handler.describe()).toContain("never due again");
  });

  it("skips due times while a run has not ended, and logs it once", async () => {
    const { handler, dueAt, advance, endAll } = create({ every: "1s" });
    handler.begin();
    await advance("3500ms");
    expect(dueAt()).toEqual([1]);
    expect(handler.health).toMatchObject({ running: 1, skipped: 2 });
    await endAll();
    await advance("500ms");
    expect(dueAt()).toEqual([1, 4]);
    expect(lines.map(({ level, msg, skipped }) => [level, msg, skipped])).toEqual([
      [40, "a scheduled run is skipped, because an earlier run has not ended", undefined],
      [30, "the run that took too long has ended", 2],
    ]);
  });

  it("starts up to 20 runs at once with overlap", async () => {
    const { handler, runs, advance } = create({ every: "1s", overlap: true });
    handler.begin();
    await advance("25000ms");
    expect(runs).toHaveLength(20);
    expect(handler.health).toMatchObject({ running: 20, skipped: 5 });
  });

  it("logs a failed run and continues, and counts a run past its time limit until it has ended", async () => {
    const { handler, runs, dueAt, advance } = create({ every: "1s" });
    handler.begin();
    await advance("1000ms");
    const really = createDeferred();
    runs[0]?.end.resolve({ kind: "failed", error: new Error("too slow"), ended: really.promise });
    await advance("1000ms");
    expect(dueAt()).toEqual([1]);
    expect(handler.health).toMatchObject({ running: 1, lastError: "too slow", lastRun: new Date(noon + 2000) });
    really.resolve();
    await turn();
    await advance("1000ms");
    expect(dueAt()).toEqual([1, 3]);
    expect(lines[0]).toMatchObject({ level: 50, err: { message: "too slow" } });
    runs[1]?.end.resolve({ kind: "failed", error: new Error("again") });
    await advance("1000ms");
    expect(dueAt()).toEqual([1, 3, 4]);
    expect(handler.health.running).toBe(1);
  });

  it("counts similar failures, and logs their number", async () => {
    const { handler, runs, advance } = create({ every: "1s" });
    handler.begin();
    for (let second = 0; second < 13; second++) {
      await advance("1000ms");
      runs.at(-1)?.end.resolve({ kind: "failed", error: new RangeError("no rate") });
      await turn();
    }
    handler.stop();
    handler.end();
    expect(lines.map(({ level, msg, more }) => [level, msg, more])).toEqual([
      [50, "the run failed: no rate; the next one is due at 2026-06-17T12:00:02.000Z", undefined],
      [50, "the run failed: no rate; 9 more runs failed in the same way in the last 10 s", 9],
      [50, "the run failed: no rate; 3 more runs failed in the same way in the last 10 s", 3],
    ]);
  });
});

describe("a schedule on the system clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: noon, toFake: ["setTimeout", "clearTimeout", "Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** The process sleeps: time passes, but no timer fires. */
  function sleep(ms: number): void {
    vi.setSystemTime(Date.now() + ms);
  }

  it("runs once for the first due time during a sleep of the machine, and skips the others", async () => {
    const { handler, dueAt } = create({ cron: "0 * * * *" }, systemClock);
    handler.begin();
    sleep(3 * 3_600_000 + 60_000);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(dueAt()).toEqual([3600]);
    expect(lines).toMatchObject([
      { level: 40, missedSince: "2026-06-17T14:00:00.000Z", next: "2026-06-17T16:00:00.000Z" },
    ]);
    expect(handler.health.nextRun).toEqual(new Date(noon + 4 * 3_600_000));
  });

  it("does not repeat a run when the clock is set back by up to an hour", async () => {
    const { handler, dueAt, endAll } = create({ cron: "0 13 * * *" }, systemClock);
    handler.begin();
    await vi.advanceTimersByTimeAsync(3_600_000);
    await endAll();
    expect(dueAt()).toEqual([3600]);
    sleep(-600_000);
    await vi.advanceTimersByTimeAsync(1_800_000);
    expect(dueAt()).toEqual([3600]);
    expect(handler.health.nextRun).toEqual(new Date(noon + 25 * 3_600_000));
  });

  it("starts again when the clock is set back further", async () => {
    const { handler, dueAt, endAll } = create({ cron: "0 13 * * *" }, systemClock);
    handler.begin();
    await vi.advanceTimersByTimeAsync(3_600_000);
    await endAll();
    sleep(-2 * 3_600_000);
    await vi.advanceTimersByTimeAsync(2 * 3_600_000 + 60_000);
    expect(dueAt()).toEqual([3600, 3600]);
  });

  it("keeps its interval whatever the clock shows", async () => {
    const { handler, runs, endAll } = create({ every: "10s" }, systemClock);
    handler.begin();
    const counts: number[] = [];
    for (const jump of [0, -7200_000, 7200_000, -60_000, 0]) {
      sleep(jump);
      const before = runs.length;
      for (let second = 0; second < 40; second++) {
        await vi.advanceTimersByTimeAsync(1000);
        for (const { end } of runs) end.resolve(returned);
      }
      counts.push(runs.length - before);
    }
    await endAll();
    for (const count of counts) expect(count).toBeGreaterThanOrEqual(2);
    for (const count of counts) expect(count).toBeLessThanOrEqual(5);
    handler.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
