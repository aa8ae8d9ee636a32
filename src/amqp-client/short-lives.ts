/** A connection that was lost soon after it was made: the broker is there, so it is asked again soon, but not in a hot loop. */
import { backoffMs } from "../util/backoff.ts";
import { wait } from "../util/wait.ts";

/** A connection that lived that long was a good one. */
const steadyMs = 2000;
const pause = { firstMs: 100, maxMs: 1000 };

export class ShortLives {
  #openedAt = 0;
  /** How often in a row. */
  #count = 0;

  opened(): void {
    this.#openedAt = performance.now();
  }

  lost(): void {
    this.#count = performance.now() - this.#openedAt < steadyMs ? this.#count + 1 : 0;
  }

  /** Before the next attempt; resolves at once after a good connection, and when `ended` aborts. */
  async pause(ended: AbortSignal): Promise<void> {
    if (this.#count > 0) await wait(backoffMs(this.#count, pause), ended);
  }
}
