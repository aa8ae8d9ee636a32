/** Slows down reload loops: a file that the service itself writes when it starts must not restart it again and again. */

/** A change this soon after the start, in milliseconds, was probably made by the service. */
const soonMs = 1500;
/** How many such changes in a row make a file suspect. */
const times = 4;
/** After this time without a change, in milliseconds, a file is not suspect any more. */
const quietMs = 10_000;
/** The first pause, in milliseconds. A person who saves several times quickly gets the last change after this pause. */
const firstPauseMs = 3000;
/** The longest pause, in milliseconds. */
const longestPauseMs = 10 * 60_000;

interface Suspect {
  inARow: number;
  lastAt: number;
  pauseMs: number;
  isReported: boolean;
}

/** What the change of a file does: it restarts at once, or after a pause without changes. */
export type Verdict =
  | { readonly restarts: "now" }
  | {
      readonly restarts: "later";
      readonly pauseMs: number;
      /** Whether the user was not told about it yet. */
      readonly isNew: boolean;
    };

export class LoopGuard {
  readonly #suspects = new Map<string, Suspect>();
  #readyAt: number | undefined;

  /** Called when a child begins. */
  began(): void {
    this.#readyAt = undefined;
  }

  ready(now: number): void {
    this.#readyAt = now;
  }

  judge(path: string, now: number): Verdict {
    const suspect = this.#suspects.get(path) ?? { inARow: 0, lastAt: now, pauseMs: firstPauseMs, isReported: false };
    // A slow start does not count as a pause: the time counts from the moment when the service was ready.
    const isQuiet = now - Math.max(suspect.lastAt, this.#readyAt ?? now) > Math.max(quietMs, 2 * suspect.pauseMs);
    suspect.lastAt = now;
    this.#suspects.set(path, suspect);
    const isSoon = this.#readyAt === undefined || now - this.#readyAt < soonMs;
    if (isQuiet) Object.assign(suspect, { inARow: 0, pauseMs: firstPauseMs, isReported: false });
    else if (suspect.inARow < times) suspect.inARow = isSoon ? suspect.inARow + 1 : 0;
    else if (!isSoon) suspect.pauseMs = firstPauseMs;
    if (suspect.inARow < times) return { restarts: "now" };
    const isNew = !suspect.isReported;
    suspect.isReported = true;
    return { restarts: "later", pauseMs: suspect.pauseMs, isNew };
  }

  /**
   * Called when the pause of a file has ended and its change restarts the services. If the service writes the file again at once, the next
   * pause is longer.
   */
  restartedLate(path: string): void {
    const suspect = this.#suspects.get(path);
    if (suspect) suspect.pauseMs = Math.min(2 * suspect.pauseMs, longestPauseMs);
  }
}
