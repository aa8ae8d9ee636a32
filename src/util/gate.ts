/** Allows a limited number of tasks at a time; the others wait in order. */

export class Gate {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Runs the task when it is its turn; settles as the task does. */
  async pass<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#width) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The next caller takes the place over, so that no other can get in between.
      if (next) next();
      else this.#running--;
    }
  }
}
