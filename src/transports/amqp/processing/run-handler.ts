/** One run of a handler with its deadline: what it gave, or the outcome of what it threw. */
import { acknowledge, HandlerTimeoutError, type Outcome, outcomeOfError } from "../../../service/outcome.ts";
import { refuseUnrun } from "../../../service/unrun-result.ts";
import type { Clock } from "../../../util/clock.ts";
import type { DeliveryContext } from "./delivery-context.ts";

/** The promise of a run that went past its deadline, and when it really ends. */
export interface DisownedRun {
  readonly ended: Promise<unknown>;
}

export interface RunResult {
  readonly outcome: Outcome;
  /** What a request failed with whose error was sent back, so that it is acknowledged. */
  readonly answered?: unknown;
  readonly disowned?: DisownedRun;
}

export const succeeded: RunResult = Object.freeze({ outcome: acknowledge });

/** Awaits what a handler returned. Never rejects. */
export async function settleRun(running: PromiseLike<unknown>, label: string): Promise<RunResult> {
  try {
    refuseUnrun(await running, label);
    return succeeded;
  } catch (error) {
    return { outcome: outcomeOfError(error) };
  }
}

/** The same with a deadline: after it the signal aborts, and the result of the run is ignored. */
export function settleRunWithin(
  running: PromiseLike<unknown>,
  context: DeliveryContext,
  seconds: number,
  label: string,
  clock: Clock,
): Promise<RunResult> {
  const ended = settleRun(running, label);
  return new Promise((resolve) => {
    const cancel = clock.after(seconds * 1000, () => {
      const error = new HandlerTimeoutError(label, seconds);
      context.abort(error);
      resolve({ outcome: outcomeOfError(error), disowned: { ended } });
    });
    void ended.then((result) => {
      cancel();
      resolve(result);
    });
  });
}
