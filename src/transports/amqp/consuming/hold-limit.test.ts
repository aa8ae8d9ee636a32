/** The prefetch follows how long runs take, so that nothing is held beyond the broker's consumer timeout. */
import { describe, expect, it } from "vitest";
import { HoldLimit } from "./hold-limit.ts";

/** The prefetch after many runs of equal length. */
function prefetchFor(runMs: number, hold: HoldLimit, current = 100, runs = 200): number {
  let prefetch = current;
  for (let run = 0; run < runs; run++) prefetch = hold.prefetchAfter(runMs, prefetch);
  return prefetch;
}

describe("HoldLimit", () => {
  it("keeps the prefetch while the last delivered message is in time", () => {
    expect(prefetchFor(10, new HoldLimit({ prefetch: 100, concurrency: 1, limitMs: 1000 }))).toBe(100);
  });

  it("lowers the prefetch to the number that fits into the limit", () => {
    const prefetch = prefetchFor(100, new HoldLimit({ prefetch: 100, concurrency: 1, limitMs: 1000 }));
    expect(prefetch).toBeGreaterThanOrEqual(9);
    expect(prefetch).toBeLessThanOrEqual(11);
  });

  it("takes concurrent handlers into account", () => {
    expect(prefetchFor(100, new HoldLimit({ prefetch: 100, concurrency: 100, limitMs: 1000 }))).toBe(100);
    expect(prefetchFor(300, new HoldLimit({ prefetch: 100, concurrency: 10, limitMs: 1000 }))).toBe(30);
  });

  it("stays between the concurrency and the prefetch, and is at least one", () => {
    expect(prefetchFor(5000, new HoldLimit({ prefetch: 100, concurrency: 3, limitMs: 1000 }))).toBe(3);
    expect(prefetchFor(5000, new HoldLimit({ prefetch: 1, concurrency: 1, limitMs: 1000 }))).toBe(1);
  });

  it("does not react to a single long run", () => {
    const hold = new HoldLimit({ prefetch: 100, concurrency: 100, limitMs: 1000 });
    prefetchFor(1, hold);
    expect(hold.prefetchAfter(900, 100)).toBe(100);
  });

  it("raises the prefetch only to at least twice as many or the full value, because each change reopens the consumer", () => {
    const hold = new HoldLimit({ prefetch: 100, concurrency: 1, limitMs: 1000 });
    let prefetch = prefetchFor(200, hold);
    const seen = new Set([prefetch]);
    for (let run = 0; run < 300; run++) {
      prefetch = hold.prefetchAfter(1, prefetch);
      seen.add(prefetch);
    }
    const steps = [...seen];
    expect(prefetch).toBe(100);
    for (const [at, step] of steps.slice(1, -1).entries()) expect(step).toBeGreaterThanOrEqual(2 * (steps[at] ?? 0));
  });
});
