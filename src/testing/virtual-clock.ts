/** A clock that does not move until a test advances it. */
import { setImmediate } from "node:timers";
import type { Clock } from "../util/clock.ts";
import { type Duration, parseDuration, unitProblem } from "../util/duration.ts";
import { TestingError } from "./errors.ts";

/** A clock for tests. Pass it to `startService` or `startBroker`. */
export interface VirtualClock extends Clock {
  /**
   * Moves the time forward and runs the timers that are due, each at its time and in order. `time` is a duration such as "250ms", "5s" or
   * "10m", or a number of seconds. Before each timer, and after the last one, it waits until messages have arrived and handlers have ended
   * (the `onSettle` listeners). Several calls run one after another.
   * @throws ERR_TESTING_USAGE for an invalid duration
   */
  advance(time: Duration): Promise<void>;
  /** How many timers have not run yet. */
  readonly pending: number;
  /** Adds a function that `advance()` waits for before each timer and after the last one. The returned function removes it. */
  onSettle(settle: () => Promise<void>): () => void;
}

/** The options of `createVirtualClock()`. */
export interface VirtualClockOptions {
  /** The time at the beginning, in milliseconds since 1970. @default the real time */
  readonly now?: number | undefined;
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * Creates a clock that moves only when the test advances it. It drives the TTLs and expiries of the embedded broker, and the timeouts and
 * pauses of services. Connections, confirms and the waits of a test use real time.
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

  /** Of two timers with the same time, the one that was set first runs first. */
  #fire(): void {
    const now = this.#now;
    for (const timer of [...this.#timers].filter(({ due }) => due <= now).sort((a, b) => a.due - b.due)) {
      // A timer that ran before may have cancelled this one.
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
