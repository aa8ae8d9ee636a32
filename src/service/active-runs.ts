/** The runs of handlers that have not ended, and their end at a stop. */
import { Roster } from "../util/roster.ts";
import { aborted } from "../util/wait.ts";
import { atMost } from "../util/within.ts";
import type { ActiveRun } from "./active-run.ts";

/** How long a run may take to end after its signal aborted at a stop, in milliseconds. */
const abortedRunMs = 1000;

export class ActiveRuns {
  readonly #runs = new Roster<ActiveRun>();
  #aborted = false;

  get size(): number {
    return this.#runs.size;
  }

  add(run: ActiveRun): void {
    this.#runs.add(run);
  }

  delete(run: ActiveRun): void {
    this.#runs.delete(run);
  }

  /** Waits for all. When the signal aborts, their signals abort with the error, and those that do not end soon count as `stopped`. */
  async end(signal: AbortSignal, errorOfStop: () => Error): Promise<void> {
    if (this.size === 0) return;
    await Promise.race([this.#ended(), aborted(signal)]);
    if (!signal.aborted || this.#aborted) return;
    this.#aborted = true;
    const error = errorOfStop();
    for (const run of this.#runs.all()) run.stop(error);
    await atMost(this.#ended(), abortedRunMs);
    for (const run of this.#runs.all()) run.cut("stopped", error);
  }

  async #ended(): Promise<void> {
    await Promise.all(this.#runs.all().map(({ ended }) => ended));
  }
}
