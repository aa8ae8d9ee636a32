/** Publishes that wait for a channel or for room, first come first served. */
import type { Confirmation } from "./confirms.ts";

export class Pending {
  #entries: Confirmation[] = [];
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head;
  }

  push(entry: Confirmation): void {
    this.#entries.push(entry);
  }

  shift(): Confirmation | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head++;
    // The array is cut now and then, not for each entry.
    if (this.#head === this.#entries.length || this.#head > 1024) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** What was sent and lost goes out before what never went. */
  putBack(entries: readonly Confirmation[]): void {
    if (entries.length === 0) return;
    this.#entries = [...entries, ...this.#entries.slice(this.#head)];
    this.#head = 0;
  }

  takeAll(): Confirmation[] {
    const all = this.#entries.slice(this.#head);
    this.#entries = [];
    this.#head = 0;
    return all;
  }

  /** Looks at all: what waited for the answer about its exchange stands behind others that came later. */
  takeOverdue(now: number): Confirmation[] {
    const overdue: Confirmation[] = [];
    for (let place = this.#head; place < this.#entries.length; place++) {
      const entry = this.#entries[place];
      if (entry && entry.deadline <= now) overdue.push(entry);
    }
    if (overdue.length === 0) return overdue;
    this.#entries = this.#entries.slice(this.#head).filter(({ deadline }) => deadline > now);
    this.#head = 0;
    return overdue;
  }
}
