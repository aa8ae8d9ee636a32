/**
 * A bounded set whose entries age out. Two generations instead of a time per entry: adding and asking cost one map access,
 * and ageing drops a whole generation at once.
 */

export interface ExpiringSetOptions {
  /** At least this many of the latest entries are kept (at most twice as many), unless they are too old. */
  readonly size: number;
  /** An entry is kept at least this long (at most twice as long), unless `size` pushes it out. */
  readonly ageMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

export class ExpiringSet {
  readonly #size: number;
  readonly #ageMs: number;
  readonly #now: () => number;
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnedAt: number;

  constructor({ size, ageMs, now = () => performance.now() }: ExpiringSetOptions) {
    this.#size = size;
    this.#ageMs = ageMs;
    this.#now = now;
    this.#turnedAt = now();
  }

  add(entry: string): void {
    this.#turn();
    this.#current.add(entry);
  }

  has(entry: string): boolean {
    // What is in neither generation is new whatever the time: the common case costs no look at the clock.
    if (!this.#holds(entry)) return false;
    this.#turn();
    return this.#holds(entry);
  }

  delete(entry: string): void {
    this.#current.delete(entry);
    this.#previous.delete(entry);
  }

  #holds(entry: string): boolean {
    return this.#current.has(entry) || this.#previous.has(entry);
  }

  #turn(): void {
    const now = this.#now();
    const age = now - this.#turnedAt;
    if (age < this.#ageMs && this.#current.size < this.#size) return;
    // Nothing was added for two whole ages: both generations are too old.
    this.#previous = age < 2 * this.#ageMs ? this.#current : new Set();
    this.#current = new Set();
    this.#turnedAt = now;
  }
}
