/** Publishes that wait for a channel or for room, first come first served. */
import { Fifo } from "../util/fifo.ts";
import type { Confirmation } from "./confirms.ts";

export class Pending {
  readonly #entries = new Fifo<Confirmation>();

  get size(): number {
    return this.#entries.size;
  }

  /** The next one. */
  get first(): Confirmation | undefined {
    return this.#entries.first;
  }

  /** The offending one was found, so it is not among these. */
  clearSuspicion(): void {
    const entries = this.#entries.takeAll();
    for (const entry of entries) {
      entry.suspicion = "none";
      this.#entries.push(entry);
    }
  }

  push(entry: Confirmation): void {
    this.#entries.push(entry);
  }

  shift(): Confirmation | undefined {
    return this.#entries.shift();
  }

  /** Publishes that were sent and lost go before those that were never sent. */
  putBack(entries: readonly Confirmation[]): void {
    if (entries.length === 0) return;
    const later = this.#entries.takeAll();
    for (const entry of entries) this.#entries.push(entry);
    for (const entry of later) this.#entries.push(entry);
  }

  takeAll(): Confirmation[] {
    return this.#entries.takeAll();
  }

  /** Checks all: what waited for the answer about its exchange is behind others that came later. */
  takeOverdue(now: number): Confirmation[] {
    const overdue: Confirmation[] = [];
    for (const entry of this.#entries.takeAll()) {
      if (entry.deadline <= now) overdue.push(entry);
      else this.#entries.push(entry);
    }
    return overdue;
  }
}
