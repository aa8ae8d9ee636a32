/** A run of a handler that has not ended: it ends normally, at its time limit, or because the service stops. */
import type { Clock } from "../util/clock.ts";
import type { Placed } from "../util/roster.ts";
import type { HandlerFunction } from "./handler.ts";
import type { HandlerRunResult } from "./handler-run.ts";
import { HandlerTimeoutError } from "./outcome.ts";
import type { RunAbort } from "./run-abort.ts";
import { refuseUnrun } from "./unrun-result.ts";

/** Where it is until it has ended. */
interface RunsInProgress {
  add(run: ActiveRun): void;
  delete(run: ActiveRun): void;
}

export class ActiveRun implements Placed {
  place = -1;
  /** Settles when the handler has really ended. It never rejects. */
  ended!: Promise<HandlerRunResult>;
  readonly #abort: RunAbort;
  readonly #all: RunsInProgress;
  readonly #tell: (result: HandlerRunResult) => void;
  #stopped = false;
  #told = false;
  #cancelLimit: (() => void) | undefined;

  /** It is in `all` until it has ended. `tell` is called once, with its result; it must not throw. */
  constructor(abort: RunAbort, all: RunsInProgress, tell: (result: HandlerRunResult) => void) {
    this.#abort = abort;
    this.#all = all;
    this.#tell = tell;
    all.add(this);
  }

  /** Runs it to its end. */
  async follow(
    invoke: HandlerFunction,
    data: unknown,
    context: unknown,
    refusesStreamsOf: string | undefined,
  ): Promise<HandlerRunResult> {
    let result: HandlerRunResult;
    try {
      const value = await invoke(data, context);
      if (refusesStreamsOf !== undefined) refuseUnrun(value, refusesStreamsOf);
      result = { kind: "returned", value };
    } catch (error) {
      // A run that fails after its signal was aborted most likely failed because of that.
      result = { kind: this.#stopped ? "stopped" : "failed", error };
    }
    this.#all.delete(this);
    this.#settle(result);
    return result;
  }

  /** After the time it has failed, unless it has ended. */
  limit(clock: Clock, seconds: number, label: string): void {
    if (this.#told) return;
    this.#cancelLimit = clock.after(seconds * 1000, () => {
      const error = new HandlerTimeoutError(label, seconds);
      this.#abort.abort(error);
      this.cut("failed", error);
    });
  }

  /** Sets its result although it has not ended. */
  cut(kind: "failed" | "stopped", error: Error): void {
    this.#settle({ kind, error, ended: this.ended });
  }

  stop(error: Error): void {
    this.#stopped = true;
    this.#abort.abort(error);
  }

  /** The first result counts. */
  #settle(result: HandlerRunResult): void {
    if (this.#told) return;
    this.#told = true;
    this.#cancelLimit?.();
    this.#tell(result);
  }
}
