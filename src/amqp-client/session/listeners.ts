/** Listeners of one thing; what one of them throws is reported, and reaches neither the others nor the socket. */

export class Listeners<Events extends object> {
  readonly #listeners = new Set<Partial<Events>>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** The returned function ends it. */
  add(listener: Partial<Events>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(call: (listener: Partial<Events>) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        call(listener);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
