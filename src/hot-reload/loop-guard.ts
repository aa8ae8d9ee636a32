/** Ends reload loops: a file that the service itself writes as it starts must not start it again. */

/** So soon after it is ready, a change is likely to be the work of the service. */
const soonMs = 1500;
/** So often in a row. */
const times = 4;
/** A file that was left alone for so long counts again. */
const quietMs = 10_000;

interface Suspect {
  inARow: number;
  lastAt: number;
}

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

  /** Whether the change of this file may restart; `stopped` the first time that it may not any more. */
  judge(path: string, now: number): "restart" | "stopped" | "ignored" {
    const suspect = this.#suspects.get(path) ?? { inARow: 0, lastAt: now };
    // A slow start is no rest: it counts from when the service was ready.
    const isQuiet = now - Math.max(suspect.lastAt, this.#readyAt ?? now) > quietMs;
    suspect.lastAt = now;
    this.#suspects.set(path, suspect);
    if (suspect.inARow >= times && !isQuiet) return "ignored";
    const isSoon = this.#readyAt === undefined || now - this.#readyAt < soonMs;
    suspect.inARow = isSoon && !isQuiet ? suspect.inARow + 1 : 0;
    return suspect.inARow >= times ? "stopped" : "restart";
  }
}
