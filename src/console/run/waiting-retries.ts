/** Messages that wait for their next run, as far as this process knows: it made the copies that wait. */
import type { WaitingRetry } from "../view/live-view.ts";

/** The most messages in the list; further ones are only counted. */
const mostListed = 200;
/** A message is removed from the list this long after its due time, in milliseconds, because another instance may have handled it. */
const keptMs = 10_000;

export class WaitingRetries {
  readonly #waiting = new Map<string, WaitingRetry>();
  #more = 0;

  get size(): number {
    return this.#waiting.size;
  }

  add(retry: WaitingRetry): void {
    if (this.#waiting.size >= mostListed && !this.#waiting.has(retry.id)) this.#more++;
    else this.#waiting.set(retry.id, retry);
  }

  /** Removes a message that came back. */
  remove(id: string): void {
    if (!this.#waiting.delete(id) && this.#more > 0) this.#more--;
  }

  view(now: number): { readonly retries: readonly WaitingRetry[]; readonly moreRetries: number } {
    for (const { id, dueAt } of this.#waiting.values()) if (dueAt + keptMs < now) this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#more = 0;
    const retries = [...this.#waiting.values()].sort((a, b) => a.dueAt - b.dueAt);
    return { retries, moreRetries: this.#more };
  }
}
