/** One limit for all subscriptions of a process, shared fairly. */
import { describe, expect, it } from "vitest";
import { ConcurrencyLimiter, type SlotWaiter } from "./concurrency-limiter.ts";

/** Takes a slot for each piece of its work, as a dispatcher does, and records each turn. */
class Worker implements SlotWaiter {
  left: number;
  readonly #name: string;
  readonly #limiter: ConcurrencyLimiter;
  readonly #turns: string[];

  constructor(name: string, limiter: ConcurrencyLimiter, work: number, turns: string[]) {
    this.#name = name;
    this.#limiter = limiter;
    this.left = work;
    this.#turns = turns;
  }

  slotFreed(): void {
    while (this.left > 0 && this.#limiter.tryTake(1, this)) {
      this.left--;
      this.#turns.push(this.#name);
    }
  }
}

describe("ConcurrencyLimiter", () => {
  it("grants slots up to the limit", () => {
    const limiter = new ConcurrencyLimiter();
    const waiter = { slotFreed: (): void => {} };
    expect([limiter.tryTake(2, waiter), limiter.tryTake(2, waiter), limiter.tryTake(2, waiter)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(limiter.running).toBe(2);
    limiter.release();
    expect(limiter.running).toBe(1);
    expect(limiter.tryTake(2, waiter)).toBe(true);
  });

  it("calls waiting subscriptions in order, each once", () => {
    const limiter = new ConcurrencyLimiter();
    const told: string[] = [];
    const waiter = (name: string): SlotWaiter => ({ slotFreed: () => told.push(name) });
    const [first, second] = [waiter("first"), waiter("second")];
    limiter.tryTake(1, first);
    limiter.tryTake(1, second);
    limiter.tryTake(1, first);
    limiter.tryTake(1, first);
    limiter.release();
    expect(told).toEqual(["second", "first"]);
    limiter.release();
    expect(told).toHaveLength(2);
  });

  it("does not call a waiter that was removed", () => {
    const limiter = new ConcurrencyLimiter();
    let told = false;
    const waiter = {
      slotFreed: (): void => {
        told = true;
      },
    };
    limiter.tryTake(0, waiter);
    limiter.forget(waiter);
    limiter.release();
    expect(told).toBe(false);
  });

  it("calls the next waiter when the first does not use its slot", () => {
    const limiter = new ConcurrencyLimiter();
    const turns: string[] = [];
    const [first, second] = [new Worker("first", limiter, 2, turns), new Worker("second", limiter, 1, turns)];
    limiter.tryTake(1, first);
    first.slotFreed();
    second.slotFreed();
    first.left = 0;
    limiter.release();
    expect(turns).toEqual(["second"]);
  });

  it("rotates among subscriptions that always have work", () => {
    const limiter = new ConcurrencyLimiter();
    const turns: string[] = [];
    const workers = ["a", "b", "c"].map((name) => new Worker(name, limiter, 2, turns));
    limiter.tryTake(1, { slotFreed: () => {} });
    for (const worker of workers) worker.slotFreed();
    for (let release = 0; release < 6; release++) limiter.release();
    expect(turns).toEqual(["a", "b", "c", "a", "b", "c"]);
  });
});
