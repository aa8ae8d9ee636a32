/** Slows reload loops down: a file that the service itself writes as it starts must not restart it again and again. */

/** So soon after it is ready, a change is likely to be made by the service. */
const soonMs = 1500;
/** So often in a row. */
const times = 4;
/** A file that did not change for so long counts again. */
const quietMs = 10_000;
/** A person who saves quickly several times gets the last change after this pause. */
const firstPauseMs = 3000;
/** A loop ends up this slow. */
const longestPauseMs = 10 * 60_000;

interface Suspect {
  inARow: number;
  lastAt: number;
  pauseMs: number;
  isReported: boolean;
}

/** What a change of a file does: it restarts at once, or when the file has not changed for a pause. */
export type Verdict =
  | { readonly restarts: "now" }
  | {
      readonly restarts: "later";
      readonly pauseMs: number;
      /** The user does not know yet. */
      readonly isNew: boolean;
    };

export class LoopGuard {
  readonly #suspects = new Map<string, Suspect>();
  #readyAt: number | undefined;

  /** A child has begun. */
  began(): void {
    this.#readyAt = undefined;
  }

  ready(now: number): void {
    this.#readyAt = now;
  }

  judge(path: string, now: number): Verdict {
    const suspect = this.#suspects.get(path) ?? { inARow: 0, lastAt: now, pauseMs: firstPauseMs, isReported: false };
    // A slow start is no rest: it counts from when the service was ready.
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

  /** The pause of this file was over, and its change restarts: if the service writes it again at once, the next pause is longer. */
  restartedLate(path: string): void {
    const suspect = this.#suspects.get(path);
    if (suspect) suspect.pauseMs = Math.min(2 * suspect.pauseMs, longestPauseMs);
  }
}
