/** Estimates how much longer a pass through a queue takes. */
import { duration } from "./dlq-text.ts";

/** Before this time, in milliseconds, the rate is not known well enough. */
const leastElapsedMs = 2000;

/** Estimates the remaining time from the time so far. */
export class RemainingTime {
  readonly #begunAt = performance.now();

  /** For example ", about 2 minutes left". Empty if it is too early to say, or if little time is left. */
  after(done: number, all: number, now: number = performance.now()): string {
    const elapsedMs = now - this.#begunAt;
    if (elapsedMs < leastElapsedMs || done === 0) return "";
    const words = duration((elapsedMs / done) * (all - done));
    return words === undefined ? "" : `, about ${words} left`;
  }
}
