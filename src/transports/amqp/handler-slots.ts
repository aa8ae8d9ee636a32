/** How many handlers may run at once in the process, whichever service or queue they belong to. */

/** Who waits for a slot. */
export interface SlotWaiter {
  /** A slot may be free: take it with `tryTake`, if there is still work. */
  slotFreed(): void;
}

export class HandlerSlots {
  /** The prefetches of all subscriptions of the process, before they are cut to fit. */
  requested = 0;
  #running = 0;
  readonly #waiting = new Set<SlotWaiter>();

  get running(): number {
    return this.#running;
  }

  /** Takes a slot if fewer than `limit` run; if not, `waiter` is told when one is free. */
  tryTake(limit: number, waiter: SlotWaiter): boolean {
    if (this.#running >= limit) {
      this.#waiting.add(waiter);
      return false;
    }
    this.#running++;
    return true;
  }

  /** Gives a slot back; those who wait get their turns in the order in which they asked. */
  release(): void {
    this.#running--;
    if (this.#waiting.size === 0) return;
    for (const waiter of [...this.#waiting]) {
      this.#waiting.delete(waiter);
      waiter.slotFreed();
    }
  }

  forget(waiter: SlotWaiter): void {
    this.#waiting.delete(waiter);
  }
}
