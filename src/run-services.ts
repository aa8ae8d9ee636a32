/** runServices(), with all other parts of a run. */
import type { ServiceSource } from "./service/create-services.ts";
import { resolveOperations, settingsWithoutPort } from "./service/operations-options.ts";
import { type PlannedRun, type RunOptions, type RunPart, runServicesWith } from "./service/runner.ts";
import type { ServiceRun } from "./service/service-run.ts";
import { meterFor, telemetry } from "./telemetry/telemetry.ts";

/** Asked at each start, in this order. */
const parts: readonly RunPart[] = [telemetry, metrics];

/**
 * Starts services, given as classes, instances or factories, and resolves once every handler can receive. Rejects, after stopping
 * what had started, when one of them cannot start. An option that it does not know is refused by name.
 *
 * @example
 * ```ts
 * const run = await runServices([Orders], { signals: true });
 * process.exitCode = await run.ended;
 * ```
 */
export function runServices(services: readonly ServiceSource[], options: RunOptions = {}): Promise<ServiceRun> {
  return runServicesWith(parts, services, options);
}

/** The same for the command line, which takes part itself. */
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
