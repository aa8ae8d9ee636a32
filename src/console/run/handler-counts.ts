/** What one subscription has done since the console was opened, and its speed. */
import type { Outcome } from "../../service/outcome.ts";

/** How many of the last runs are used for the median. */
const keptDurations = 64;

export class HandlerCounts {
  readonly #byOutcome: Record<Outcome["kind"], number> = { acknowledge: 0, requeue: 0, retry: 0, "dead-letter": 0 };
  readonly #durations = new Float64Array(keptDurations);
  #runs = 0;
  readonly #speed = new Speed();

  add(outcome: Outcome["kind"], ms: number): void {
    this.#byOutcome[outcome]++;
    this.#durations[this.#runs++ % keptDurations] = ms;
  }

  /** Calculates how many messages were settled since the last tick. */
  tick(seconds: number): void {
    const { acknowledge, requeue, retry } = this.#byOutcome;
    this.#speed.tick(acknowledge + requeue + retry + this.#byOutcome["dead-letter"], seconds);
  }

  get perSecond(): number {
    return this.#speed.perSecond;
  }

  get byOutcome(): Readonly<Record<Outcome["kind"], number>> {
    return this.#byOutcome;
  }

  get medianMs(): number | undefined {
    const count = Math.min(this.#runs, keptDurations);
    if (count === 0) return undefined;
    return this.#durations.slice(0, count).sort()[Math.floor(count / 2)];
  }
}

/** The speed of a growing count over the last two ticks, so that a slow stream does not jump between 0 and 2. */
export class Speed {
  #count = 0;
  #now = 0;
  #before = 0;

  tick(count: number, seconds: number): void {
    this.#before = this.#now;
    this.#now = (count - this.#count) / seconds;
    this.#count = count;
  }

  get perSecond(): number {
    return (this.#now + this.#before) / 2;
  }
}
