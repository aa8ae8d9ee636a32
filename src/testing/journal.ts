/** What happened, in order. Each entry is returned once, to the first caller that waits for such an entry. */
import { clearTimeout, setTimeout } from "node:timers";

/** Which entries a caller waits for, how many, and how long. */
export interface Wanted<T> {
  readonly count: number;
  readonly timeoutMs: number;
  fits(value: T): boolean;
  /** The error when the time is over: it says why nothing came. */
  late(): Promise<Error>;
}

interface Entry<T> {
  readonly value: T;
  taken: boolean;
}

interface Waiter {
  /** Takes its entries if there are enough; true if it does not wait any more. */
  look(): boolean;
  fail(reason: Error): void;
}

export class Journal<T> {
  readonly #entries: Entry<T>[] = [];
  readonly #waiters = new Set<Waiter>();
  #end: Error | undefined;

  add(value: T): void {
    this.#entries.push({ value, taken: false });
    for (const waiter of [...this.#waiters]) if (waiter.look()) this.#waiters.delete(waiter);
  }

  /** Every matching entry, whether it was returned before or not. */
  all(fits: (value: T) => boolean = () => true): T[] {
    return this.#entries.map(({ value }) => value).filter(fits);
  }

  /**
   * Resolves with the first matching entries that were not returned before, as soon as there are enough. Earlier callers are served first.
   * Uses real time, even if the test runner fakes the timers.
   */
  take(wanted: Wanted<T>): Promise<T[]> {
    return new Promise((resolve, reject) => {
      const found = this.#found(wanted, resolve, reject);
      if (found()) return;
      if (this.#end) return reject(this.#end);
      const late = (): void => {
        this.#waiters.delete(waiter);
        wanted.late().then(reject, reject);
      };
      const timer = setTimeout(late, wanted.timeoutMs);
      const waiter: Waiter = {
        look: () => {
          const done = found();
          if (done) clearTimeout(timer);
          return done;
        },
        fail: (reason) => {
          clearTimeout(timer);
          reject(reason);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Ends the journal: every caller, now or later, gets the reason as an error. */
  end(reason: Error): void {
    this.#end ??= reason;
    for (const waiter of this.#waiters) waiter.fail(reason);
    this.#waiters.clear();
  }

  #found(wanted: Wanted<T>, resolve: (values: T[]) => void, reject: (reason: unknown) => void): () => boolean {
    return () => {
      try {
        const entries = this.#entries.filter(({ taken, value }) => !taken && wanted.fits(value)).slice(0, wanted.count);
        if (entries.length < wanted.count) return false;
        for (const entry of entries) entry.taken = true;
        resolve(entries.map(({ value }) => value));
      } catch (error) {
        // The `where` function of the test failed.
        reject(error);
      }
      return true;
    };
  }
}
