/** Repeated events in quick succession: the first is reported at once, the others are counted and summed up. */
import type { Clock } from "./clock.ts";

/** How long similar events are counted before their number is reported. */
export const repeatWindowMs = 10_000;
/** Kinds that are counted at the same time; beyond them the oldest count is reported and ended. */
const kindsCounted = 200;

/** The clause of a line that sums up: "1 more message failed in the same way in the last 10 s". */
export function failedMore(more: number, unit: string): string {
  return `${more} more ${more === 1 ? unit : `${unit}s`} failed in the same way in the last ${repeatWindowMs / 1000} s`;
}

interface Kind {
  more: number;
  /** Reports how many more there were. */
  sum: (more: number) => void;
  cancel: () => void;
}

export class Repeats {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls `tell` for the first of a kind, and counts those that follow within 10 s of it. When the 10 s are over, `sum` of the
   * latest is called with the count, and the next 10 s begin; without another of the kind they end it.
   */
  add(kind: string, tell: () => void, sum: (more: number) => void): void {
    const known = this.#kinds.get(kind);
    if (known) {
      known.more++;
      known.sum = sum;
      return;
    }
    for (const [oldest, { cancel }] of this.#kinds) {
      if (this.#kinds.size < kindsCounted) break;
      cancel();
      this.#end(oldest);
    }
    this.#kinds.set(kind, { more: 0, sum, cancel: this.#windowOf(kind) });
    tell();
  }

  /** Reports every count that was not reported yet. Call it at the end. */
  flush(): void {
    for (const [kind, { cancel }] of [...this.#kinds]) {
      cancel();
      this.#end(kind);
    }
  }

  #windowOf(kind: string): () => void {
    return this.#clock.after(repeatWindowMs, () => {
      const counted = this.#kinds.get(kind);
      if (!counted) return;
      this.#end(kind);
      if (counted.more > 0) this.#kinds.set(kind, { more: 0, sum: counted.sum, cancel: this.#windowOf(kind) });
    });
  }

  #end(kind: string): void {
    const counted = this.#kinds.get(kind);
    this.#kinds.delete(kind);
    if (counted && counted.more > 0) counted.sum(counted.more);
  }
}
