/** A clock that does not move until a test advances it. */
import { setImmediate } from "node:timers";
import type { Clock } from "../util/clock.ts";
import { type Duration, parseDuration, unitProblem } from "../util/duration.ts";
import { TestingError } from "./errors.ts";

export interface VirtualClock extends Clock {
  /**
   * Moves the time on, by a duration such as "250ms", "5s" or "10m" (or a number of seconds), and runs the timers that are due,
   * each at its time and in order. Before each timer, and at the end, it waits for the `onSettle` listeners: a test app lets its
   * messages arrive and its handlers end. Calls one after another, never two at once.
   */
  advance(time: Duration): Promise<void>;
  /** How many callbacks wait for their time. */
  readonly pending: number;
  /** Waited for between two moments; the returned function ends it. */
  onSettle(settle: () => Promise<void>): () => void;
}

export interface VirtualClockOptions {
  /** Milliseconds since 1970 that the clock shows. @default the real time */
  readonly now?: number | undefined;
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * Makes a clock for `startService` or `startBroker`. It drives the embedded broker's TTLs and expiries, and a service's
 * timeouts and pauses; connections, confirms and the waits of a test go by real time.
 *
 * @example
 * ```ts
 * const clock = createVirtualClock();
 * await using app = await startService(Orders, { clock });
 * await clock.advance("60000ms");
 * ```
 */
export function createVirtualClock({ now = Date.now() }: VirtualClockOptions = {}): VirtualClock {
  return new SteppedClock(now);
}

class SteppedClock implements VirtualClock {
  readonly #timers = new Set<Timer>();
  readonly #settling = new Set<() => Promise<void>>();
  #now: number;
  #advancing: Promise<void> = Promise.resolve();

  constructor(now: number) {
    this.#now = now;
  }

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  onSettle(settle: () => Promise<void>): () => void {
    this.#settling.add(settle);
    return () => this.#settling.delete(settle);
  }

  advance(time: Duration): Promise<void> {
    const ms = parseDuration(time);
    const problem = unitProblem(time) ?? (ms === undefined ? `${String(time)} was given` : undefined);
    if (ms === undefined || problem) {
      const message = `advance() takes a duration such as "250ms", "5s" or "10m", or a number of seconds; ${problem}.`;
      return Promise.reject(new TestingError("ERR_TESTING_USAGE", message));
    }
    const advanced = this.#advancing.then(() => this.#advance(this.#now + ms));
    this.#advancing = advanced.catch(() => {});
    return advanced;
  }

  async #advance(target: number): Promise<void> {
    await this.#settle();
    for (let due = this.#nextDue(); due <= target; due = this.#nextDue()) {
      this.#now = Math.max(this.#now, due);
      this.#fire();
      await this.#settle();
    }
    this.#now = Math.max(this.#now, target);
  }

  /** Of two timers with the same time the one that was set first comes first. */
  #fire(): void {
    const now = this.#now;
    for (const timer of [...this.#timers].filter(({ due }) => due <= now).sort((a, b) => a.due - b.due)) {
      // One that was called before it may have given it up.
      if (this.#timers.delete(timer)) timer.callback();
    }
  }

  #nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#timers) next = Math.min(next, due);
    return next;
  }

  async #settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([...this.#settling].map((settle) => settle()));
  }
}
