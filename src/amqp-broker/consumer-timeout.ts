/** When the next delivery of a channel has been held beyond its consumer timeout: one timer for all of them. */
import type { Clock } from "../util/clock.ts";

export class ConsumerTimeout {
  readonly #clock: Clock;
  /** Requeues overdue deliveries, and returns when the next delivery is due; `Infinity` when there is none. */
  readonly #takeBack: (now: number) => number;
  #due = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, takeBack: (now: number) => number) {
    this.#clock = clock;
    this.#takeBack = takeBack;
  }

  /** After each delivery, with the time until which it may be held; `Infinity` is forever. */
  watch(due: number): void {
    if (due >= this.#due) return;
    this.end();
    this.#due = due;
    this.#cancel = this.#clock.after(Math.max(0, due - this.#clock.now()), () => this.#look());
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = Number.POSITIVE_INFINITY;
  }

  #look(): void {
    this.end();
    this.watch(this.#takeBack(this.#clock.now()));
  }
}
