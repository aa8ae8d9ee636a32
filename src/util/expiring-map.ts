/**
 * A bounded map whose entries age out. Two generations instead of a time per entry: writing and asking cost one or two map
 * accesses, and ageing drops a whole generation at once.
 */

export interface ExpiringMapOptions<Value> {
  /** At least this many of the latest entries are kept (at most twice as many), unless they are too old. */
  readonly size: number;
  /** An entry is kept at least this long (at most twice as long), unless `size` pushes it out. */
  readonly ageMs: number;
  /** Entries of this value are kept, however old, until they get another value. */
  readonly stays?: Value;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

export class ExpiringMap<Value> {
  readonly #size: number;
  readonly #ageMs: number;
  readonly #stays: Value | undefined;
  readonly #now: () => number;
  #current = new Map<string, Value>();
  #previous = new Map<string, Value>();
  #turnedAt: number;

  constructor({ size, ageMs, stays, now = () => performance.now() }: ExpiringMapOptions<Value>) {
    this.#size = size;
    this.#ageMs = ageMs;
    this.#stays = stays;
    this.#now = now;
    this.#turnedAt = now();
  }

  /** From now on it is among the latest. */
  set(key: string, value: Value): void {
    this.#turn();
    this.#current.set(key, value);
  }

  get(key: string): Value | undefined {
    // A key in neither generation is always new: the common case needs no reading of the clock.
    if (this.#find(key) === undefined) return undefined;
    this.#turn();
    return this.#find(key);
  }

  delete(key: string): void {
    this.#current.delete(key);
    this.#previous.delete(key);
  }

  #find(key: string): Value | undefined {
    return this.#current.get(key) ?? this.#previous.get(key);
  }

  #turn(): void {
    const now = this.#now();
    const age = now - this.#turnedAt;
    if (age < this.#ageMs && this.#current.size < this.#size) return;
    const before = this.#current;
    // Nothing was added for two whole ages: both generations are too old.
    this.#previous = age < 2 * this.#ageMs ? before : new Map();
    this.#current = new Map();
    // If few entries are added, a generation begins late. It must not end late too: entries would be kept for longer than twice the age.
    this.#turnedAt = age >= this.#ageMs && age < 2 * this.#ageMs ? this.#turnedAt + this.#ageMs : now;
    if (this.#stays === undefined) return;
    for (const [key, value] of before) if (value === this.#stays) this.#current.set(key, value);
  }
}
