/** Listeners of one event; an error that one of them throws is reported, and does not affect the others or the socket. */

export class Listeners<Events extends object> {
  /** Never changed, only replaced, so that telling needs no copy. */
  #listeners: readonly Partial<Events>[] = [];
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** The returned function ends it. */
  add(listener: Partial<Events>): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  tell(call: (listener: Partial<Events>) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  clear(): void {
    this.#listeners = [];
  }
}
