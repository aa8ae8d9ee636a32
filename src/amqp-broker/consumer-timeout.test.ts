/** When deliveries are held too long. */
import { describe, expect, it } from "vitest";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { ConsumerTimeout } from "./consumer-timeout.ts";

/** A channel that holds deliveries until the times in `dues`, and notes those that were taken back. */
function channel() {
  const clock = createVirtualClock({ now: 1_000_000 });
  const dues: number[] = [];
  const late: number[] = [];
  const timeout = new ConsumerTimeout(clock, (now) => {
    for (let at = dues.length - 1; at >= 0; at--) if ((dues[at] ?? 0) <= now) late.push(...dues.splice(at, 1));
    return Math.min(...dues, Number.POSITIVE_INFINITY);
  });
  const deliver = (ms: number): void => {
    dues.push(clock.now() + ms);
    timeout.watch(clock.now() + ms);
  };
  return { clock, dues, late, timeout, deliver };
}

describe("ConsumerTimeout", () => {
  it("requeues a delivery that was held for the whole timeout", async () => {
    const { clock, late, deliver } = channel();
    deliver(10_000);
    await clock.advance("9999ms");
    expect(late).toEqual([]);
    await clock.advance("1ms");
    expect(late).toEqual([1_010_000]);
    expect(clock.pending).toBe(0);
  });

  it("uses one timer for all deliveries and checks the earliest first", async () => {
    const { clock, late, dues, deliver } = channel();
    deliver(10_000);
    deliver(20_000);
    deliver(5000);
    expect(clock.pending).toBe(1);
    await clock.advance("5000ms");
    expect(late).toEqual([1_005_000]);
    dues.splice(dues.indexOf(1_010_000), 1);
    await clock.advance("14999ms");
    expect(late).toEqual([1_005_000]);
    await clock.advance("1ms");
    expect(late).toEqual([1_005_000, 1_020_000]);
  });

  it("sets no timer for deliveries without a timeout, and none after it ended", async () => {
    const { clock, late, timeout, deliver } = channel();
    timeout.watch(Number.POSITIVE_INFINITY);
    expect(clock.pending).toBe(0);
    deliver(10_000);
    timeout.end();
    timeout.end();
    expect(clock.pending).toBe(0);
    await clock.advance("20000ms");
    expect(late).toEqual([]);
  });
});
