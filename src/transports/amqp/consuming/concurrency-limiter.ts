/** How many handlers may run at once in the process, whichever service or queue they belong to. */

/** A caller that waits for a slot. */
export interface SlotWaiter {
  /** A slot may be free: take it with `tryTake`, if there is still work. */
  slotFreed(): void;
}

export class ConcurrencyLimiter {
  /** The prefetches of all subscriptions of the process, before they are cut to fit. */
  requested = 0;
  #running = 0;
  /** With the limit each of them asked for. */
  readonly #waiting = new Map<SlotWaiter, number>();

  get running(): number {
    return this.#running;
  }

  /** Takes a slot if fewer than `limit` run; otherwise, `waiter` is called when one is free. */
  tryTake(limit: number, waiter: SlotWaiter): boolean {
    if (this.#running >= limit) {
      this.#waiting.set(waiter, limit);
      return false;
    }
    this.#running++;
    return true;
  }

  /** Returns a slot; waiting callers get their turns in the order in which they asked. */
  release(): void {
    this.#running--;
    if (this.#waiting.size === 0) return;
    for (const [waiter, limit] of [...this.#waiting]) {
      // A waiter is only woken if it can run: asking again would cost it its turn.
      if (this.#running >= limit) continue;
      this.#waiting.delete(waiter);
      waiter.slotFreed();
    }
  }

  forget(waiter: SlotWaiter): void {
    this.#waiting.delete(waiter);
  }
}

const limiterKey = Symbol("amqp concurrency limiter");

/** The one limiter of a run, which all its services share. */
export function sharedLimiter(shared: Map<symbol, unknown>): ConcurrencyLimiter {
  const limiter = (shared.get(limiterKey) as ConcurrencyLimiter | undefined) ?? new ConcurrencyLimiter();
  shared.set(limiterKey, limiter);
  return limiter;
}
