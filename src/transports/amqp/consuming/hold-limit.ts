/**
 * Keeps deliveries from being held longer than the broker allows (RabbitMQ's `consumer_timeout`): from how long runs
 * take, how many may be handed over at once.
 */

/** How much the latest run weighs in the average. */
const weight = 0.1;

export interface HoldLimitSettings {
  readonly prefetch: number;
  readonly concurrency: number;
  /** A delivery should be settled within this time. */
  readonly limitMs: number;
}

export class HoldLimit {
  readonly #settings: HoldLimitSettings;
  #averageMs = 0;

  constructor(settings: HoldLimitSettings) {
    this.#settings = settings;
  }

  /** Takes a run into account and returns the prefetch that keeps the last of those handed over within the limit. */
  prefetchAfter(runMs: number, current: number): number {
    this.#averageMs += (runMs - this.#averageMs) * weight;
    const { prefetch, concurrency, limitMs } = this.#settings;
    if (this.#averageMs * prefetch <= limitMs) return prefetch;
    const rounds = Math.floor(limitMs / this.#averageMs);
    const fitting = Math.max(1, Math.min(prefetch, concurrency * Math.max(1, rounds)));
    // Not for every small change: a new prefetch means that the consumer starts again.
    return fitting < current || fitting >= current * 2 || fitting === prefetch ? fitting : current;
  }
}
