/** runServices(), with all other parts of a run. */
import type { ServiceSource } from "./service/create-services.ts";
import { resolveOperations, settingsWithoutPort } from "./service/operations-options.ts";
import { type PlannedRun, type RunOptions, type RunPart, runServicesWith } from "./service/runner.ts";
import type { ServiceRun } from "./service/service-run.ts";
import { meterFor, telemetry } from "./telemetry/telemetry.ts";

/** Each part is asked at each start, in this order. */
const parts: readonly RunPart[] = [telemetry, metrics];

/**
 * Starts services, and resolves once every handler can receive. `services` are classes, instances or factories. If one of them cannot
 * start, it stops what had started, and rejects.
 *
 * @example
 * ```ts
 * const run = await runServices([Orders], { signals: true });
 * process.exitCode = await run.ended;
 * ```
 * @throws ConfigurationError when an option is wrong or unknown; the error lists all such problems of a service
 * @throws ServiceError when a service cannot be created or started
 * @throws AmqpError when the broker cannot be reached or refuses something
 */
export function runServices(services: readonly ServiceSource[], options: RunOptions = {}): Promise<ServiceRun> {
  return runServicesWith(parts, services, options);
}

/** The same with further parts, for the command line. */
export function runServicesAnd(
  more: readonly RunPart[],
  services: readonly ServiceSource[],
  options: RunOptions,
): Promise<ServiceRun> {
  return runServicesWith([...parts, ...more], services, options);
}

/** Metrics and their port are loaded only if they are used. */
async function metrics(run: PlannedRun): ReturnType<RunPart> {
  const operations = resolveOperations(run.services, run.environment);
  const unused = operations ? undefined : settingsWithoutPort(run.services, run.environment);
  if (unused !== undefined) run.logger.warn(unused);
  const meter = await meterFor(run);
  if (!operations && !meter) return undefined;
  const { metricsOf } = await import("./operations/operations.ts");
  return metricsOf({ operations, meter }, run);
}
