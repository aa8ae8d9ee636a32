/** One limit for all subscriptions of a process, shared fairly. */
import { describe, expect, it } from "vitest";
import { HandlerSlots, type SlotWaiter } from "./handler-slots.ts";

/** Takes a slot for each piece of its work, as an intake does, and writes down each turn. */
class Worker implements SlotWaiter {
  left: number;
  readonly #name: string;
  readonly #slots: HandlerSlots;
  readonly #turns: string[];

  constructor(name: string, slots: HandlerSlots, work: number, turns: string[]) {
    this.#name = name;
    this.#slots = slots;
    this.left = work;
    this.#turns = turns;
  }

  slotFreed(): void {
    while (this.left > 0 && this.#slots.tryTake(1, this)) {
      this.left--;
      this.#turns.push(this.#name);
    }
  }
}

describe("HandlerSlots", () => {
  it("gives slots up to the limit", () => {
    const slots = new HandlerSlots();
    const waiter = { slotFreed: (): void => {} };
    expect([slots.tryTake(2, waiter), slots.tryTake(2, waiter), slots.tryTake(2, waiter)]).toEqual([true, true, false]);
    expect(slots.running).toBe(2);
    slots.release();
    expect(slots.running).toBe(1);
    expect(slots.tryTake(2, waiter)).toBe(true);
  });

  it("tells who waits, in order, and each once", () => {
    const slots = new HandlerSlots();
    const told: string[] = [];
    const waiter = (name: string): SlotWaiter => ({ slotFreed: () => told.push(name) });
    const [first, second] = [waiter("first"), waiter("second")];
    slots.tryTake(1, first);
    slots.tryTake(1, second);
    slots.tryTake(1, first);
    slots.tryTake(1, first);
    slots.release();
    expect(told).toEqual(["second", "first"]);
    slots.release();
    expect(told).toHaveLength(2);
  });

  it("tells nobody who was forgotten", () => {
    const slots = new HandlerSlots();
    let told = false;
    const waiter = {
      slotFreed: (): void => {
        told = true;
      },
    };
    slots.tryTake(0, waiter);
    slots.forget(waiter);
    slots.release();
    expect(told).toBe(false);
  });

  it("wakes the next when the first has no more use for a slot", () => {
    const slots = new HandlerSlots();
    const turns: string[] = [];
    const [first, second] = [new Worker("first", slots, 2, turns), new Worker("second", slots, 1, turns)];
    slots.tryTake(1, first);
    first.slotFreed();
    second.slotFreed();
    first.left = 0;
    slots.release();
    expect(turns).toEqual(["second"]);
  });

  it("goes round among those who always have work", () => {
    const slots = new HandlerSlots();
    const turns: string[] = [];
    const workers = ["a", "b", "c"].map((name) => new Worker(name, slots, 2, turns));
    slots.tryTake(1, { slotFreed: () => {} });
    for (const worker of workers) worker.slotFreed();
    for (let release = 0; release < 6; release++) slots.release();
    expect(turns).toEqual(["a", "b", "c", "a", "b", "c"]);
  });
});
