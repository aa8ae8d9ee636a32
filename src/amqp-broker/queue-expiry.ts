/** The two clocks of a queue: when its next message expires, and when the queue itself does because it is not used. */
import type { Clock } from "../util/clock.ts";

export interface ExpiringQueue {
  /** When the message at the front expires; undefined when it does not. */
  readonly nextExpiry: number | undefined;
  readonly inUse: boolean;
  expireMessages(): void;
  /** It was not used for its time. */
  expire(): void;
}

export class QueueExpiry {
  readonly #queue: ExpiringQueue;
  readonly #clock: Clock;
  readonly #unusedMs: number | undefined;
  #cancelMessages: (() => void) | undefined;
  #armedFor: number | undefined;
  #cancelQueue: (() => void) | undefined;

  /** @param unusedMs the queue's `x-expires` */
  constructor(queue: ExpiringQueue, clock: Clock, unusedMs: number | undefined) {
    this.#queue = queue;
    this.#clock = clock;
    this.#unusedMs = unusedMs;
  }

  /** After every change at the front of the queue. */
  watchMessages(): void {
    const next = this.#queue.nextExpiry;
    if (next === this.#armedFor) return;
    this.#cancelMessages?.();
    this.#armedFor = next;
    this.#cancelMessages = undefined;
    if (next === undefined) return;
    this.#cancelMessages = this.#clock.after(next - this.#clock.now(), () => {
      this.#armedFor = undefined;
      this.#queue.expireMessages();
    });
  }

  /** Declared, read with get, or without a consumer from now on: the time starts again. */
  used(): void {
    if (this.#unusedMs === undefined) return;
    this.#cancelQueue?.();
    this.#cancelQueue = undefined;
    if (this.#queue.inUse) return;
    this.#cancelQueue = this.#clock.after(this.#unusedMs, () => this.#queue.expire());
  }

  end(): void {
    this.#cancelMessages?.();
    this.#cancelQueue?.();
  }
}
