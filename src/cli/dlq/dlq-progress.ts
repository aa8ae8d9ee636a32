/** How long a pass through a queue still takes. */
import { duration } from "./dlq-text.ts";

/** Before this the rate is not known well. */
const leastElapsedMs = 2000;

/** How long work still takes, by how long it has taken. */
export class RemainingTime {
  readonly #begunAt = performance.now();

  /** ", about 2 minutes left"; nothing while it is too early to say, or too little to matter. */
  after(done: number, all: number, now: number = performance.now()): string {
    const elapsedMs = now - this.#begunAt;
    if (elapsedMs < leastElapsedMs || done === 0) return "";
    const words = duration((elapsedMs / done) * (all - done));
    return words === undefined ? "" : `, about ${words} left`;
  }
}
