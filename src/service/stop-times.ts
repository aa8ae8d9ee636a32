/** By when each step of a stop must have ended: one deadline, from the signal to the exit, that all steps share. */

/** For what comes after the handlers: their last second, `stopService`, acknowledgements, confirms, closing. */
const reserveMs = 5000;
/** Connections get this time to close, even if the grace period is shorter. */
const leastMs = 2000;

/** Each signal aborts when its step has to end, whether the step has begun by then or not. */
export interface StopTimes {
  /** `stoppingService` and running handlers; the signals of the handlers abort then. */
  readonly handlers: AbortSignal;
  /** What the handlers do after that. */
  readonly drained: AbortSignal;
  /** `stopService`. */
  readonly hook: AbortSignal;
  /** Confirms and connections. The process may end then. */
  readonly closed: AbortSignal;
}

/** Milliseconds from the beginning of the stop, in the order of the steps. */
export function stopMoments(graceSeconds: number): readonly [number, number, number, number] {
  const graceMs = graceSeconds * 1000;
  const handlers = graceMs - Math.min(reserveMs, graceMs / 2);
  const closed = Math.max(graceMs, leastMs);
  const rest = closed - handlers;
  return [handlers, handlers + rest * 0.5, handlers + rest * 0.8, closed];
}

/** Starts to count now. */
export function startStopTimes(graceSeconds: number): StopTimes {
  const [handlers, drained, hook, closed] = stopMoments(graceSeconds);
  return {
    handlers: AbortSignal.timeout(Math.round(handlers)),
    drained: AbortSignal.timeout(Math.round(drained)),
    hook: AbortSignal.timeout(Math.round(hook)),
    closed: AbortSignal.timeout(closed),
  };
}
