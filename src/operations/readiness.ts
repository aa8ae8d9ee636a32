/** Whether a run is ready: started, not stopping, and every service healthy. A paused handler changes nothing. */
import type { ServiceHealth } from "../service/health.ts";
import type { RunState } from "../service/service-run.ts";

export interface WatchedRun {
  readonly state: RunState;
  health(): readonly ServiceHealth[];
}

export interface Readiness {
  readonly ready: boolean;
  /** A sentence for each thing that is wrong; empty when it is ready. */
  readonly reasons: readonly string[];
}

const stateReasons: Readonly<Record<RunState, string | undefined>> = {
  created: "the services have not started yet",
  starting: "the services are starting",
  running: undefined,
  stopping: "the services are stopping",
  ended: "the services have stopped",
};

export function readinessOf(run: WatchedRun): Readiness {
  const state = stateReasons[run.state];
  // During a start and a stop it is the only thing to know.
  if (state !== undefined) return { ready: false, reasons: [state] };
  const unhealthy = run.health().filter(({ healthy }) => !healthy);
  const reasons = unhealthy.flatMap(({ service, reasons }) => reasons.map((reason) => `${service}: ${reason}`));
  return { ready: unhealthy.length === 0, reasons };
}
