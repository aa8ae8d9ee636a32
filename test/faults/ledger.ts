// The counts of a fault test: which publishes were confirmed, and what became of each message, by its own id.

/** What became of the messages of a test. "confirmed" are publishes that resolved. */
export interface Balance {
  readonly confirmed: number;
  /** Publishes that rejected: their messages may have arrived or not. */
  readonly rejected: number;
  /** Publishes without an answer. */
  readonly unsettled: number;
  /** Different messages whose handling ended well. */
  readonly handled: number;
  /** Different messages in a dead-letter queue. */
  readonly deadLettered: number;
  /** Confirmed, and neither handled nor dead-lettered: lost. */
  readonly missing: readonly string[];
  /** Handled and dead-lettered as well. */
  readonly both: readonly string[];
  /** How often a message was handled again after it had been handled. */
  readonly duplicates: number;
  /** Arrived, but were not published. */
  readonly strangers: readonly string[];
}

export class Ledger {
  readonly #published = new Set<string>();
  readonly #confirmed = new Set<string>();
  readonly #rejected = new Map<string, Error & { readonly code?: string }>();
  readonly #handled = new Map<string, number>();
  readonly #deadLettered = new Set<string>();

  /** Writes down a publish and its end; never rejects. The first word on an id is that it was published. */
  async publish(id: string, send: () => Promise<unknown>): Promise<void> {
    this.#published.add(id);
    try {
      await send();
      this.#confirmed.add(id);
    } catch (error) {
      this.#rejected.set(id, error as Error);
    }
  }

  /** The handling of a message ended well; call it as the last thing before the handler returns. */
  handled(id: string): void {
    this.#handled.set(id, (this.#handled.get(id) ?? 0) + 1);
  }

  deadLettered(id: string): void {
    this.#deadLettered.add(id);
  }

  timesHandled(id: string): number {
    return this.#handled.get(id) ?? 0;
  }

  /** Why publishes rejected. */
  get rejections(): readonly (Error & { readonly code?: string })[] {
    return [...this.#rejected.values()];
  }

  /** Confirmed messages that have not arrived yet. */
  get outstanding(): number {
    return this.balance().missing.length;
  }

  get unsettled(): number {
    return this.#published.size - this.#confirmed.size - this.#rejected.size;
  }

  /** Every publish has its answer, and every confirmed message has arrived. */
  get complete(): boolean {
    return this.unsettled === 0 && this.outstanding === 0;
  }

  balance(): Balance {
    const handled = [...this.#handled.keys()];
    const arrived = new Set([...handled, ...this.#deadLettered]);
    let runs = 0;
    for (const times of this.#handled.values()) runs += times;
    return {
      confirmed: this.#confirmed.size,
      rejected: this.#rejected.size,
      unsettled: this.unsettled,
      handled: handled.length,
      deadLettered: this.#deadLettered.size,
      missing: [...this.#confirmed].filter((id) => !arrived.has(id)),
      both: handled.filter((id) => this.#deadLettered.has(id)),
      duplicates: runs - handled.length,
      strangers: [...arrived].filter((id) => !this.#published.has(id)),
    };
  }
}
