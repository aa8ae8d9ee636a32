/** The stop of several services, each step by its own deadline. */
import type { Logger } from "../log/logger.ts";
import { aborted } from "../util/wait.ts";
import type { Hook, RunningService } from "./running-service.ts";
import { type StopTimes, startStopTimes } from "./stop-times.ts";

interface Stopping {
  readonly running: RunningService;
  readonly times: StopTimes;
}

/**
 * Stops all at once; the time begins to run at the call. `starting` is a start that is in progress: it ends first, so that the stop
 * does not miss what it opens. Rejects with the first error, when all have been stopped.
 */
export async function stopServices(
  services: readonly RunningService[],
  { starting, logger }: { readonly starting: Promise<void> | undefined; readonly logger: Logger },
): Promise<void> {
  const stops = services.map((running): Stopping => ({ running, times: startStopTimes(running.graceSeconds) }));
  if (starting && !(await endsInTime(starting, stops))) {
    logger.warn("the start did not end in time; the stop continues without it");
  }
  // One service that cannot stop keeps the others from nothing.
  const results = await Promise.allSettled(stops.map(stopOne));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Whether a start ended, well or badly, before the handlers of every service had to end. */
async function endsInTime(starting: Promise<void>, stops: readonly Stopping[]): Promise<boolean> {
  const ended = starting.then(
    () => true,
    () => true,
  );
  const late = Promise.all(stops.map(({ times }) => aborted(times.handlers))).then(() => false);
  return Promise.race([ended, late]);
}

/** Each step begins when the one before has ended, or when its time is over. */
async function stopOne({ running, times }: Stopping): Promise<void> {
  const { logger } = running;
  logger.info("service stopping");
  await stopHook(running, "stoppingService", times.handlers);
  await withinTime(logger, "what ran", running.drain(times.handlers), times.drained);
  await stopHook(running, "stopService", times.hook);
  await running.close(times.closed);
  logger.info("service stopped");
}

/** A stop hook that fails, or does not end, is logged; the stop continues. */
async function stopHook(running: RunningService, hook: Hook, deadline: AbortSignal): Promise<void> {
  const { logger } = running;
  const ran = running.runHook(hook).catch((error: unknown) => {
    logger.error({ err: error }, `${hook}() failed`);
  });
  await withinTime(logger, `${hook}()`, ran, deadline);
}

async function withinTime(logger: Logger, what: string, step: Promise<void>, deadline: AbortSignal): Promise<void> {
  let ended = false;
  const done = step.then(() => {
    ended = true;
  });
  await Promise.race([done, aborted(deadline)]);
  if (!ended) logger.warn(`${what} did not end in time; the stop continues without it`);
}
