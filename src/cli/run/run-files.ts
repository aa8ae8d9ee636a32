/** Runs the services of files in this process until they end. */
import type { Logger } from "../../log/logger.ts";
import { runServicesAnd } from "../../run-services.ts";
import { exit, getService } from "../../service/running-services.ts";
import type { Service } from "../../service/service.ts";
import { loadServices } from "../loading/load-service.ts";
import { brokerLine } from "./banner.ts";
import type { RunSettings } from "./run-arguments.ts";
import { openRunBroker } from "./run-broker.ts";
import type { RunHost } from "./run-host.ts";
import type { RunPage } from "./run-page.ts";

export interface FilesRun {
  readonly settings: RunSettings;
  readonly host: RunHost;
  readonly logger: Logger;
  /** Undefined if the run has no console. */
  readonly page: RunPage | undefined;
}

/** Returns the exit code. */
export async function runFiles(files: readonly string[], given: FilesRun): Promise<number> {
  const { settings, host, logger, page } = given;
  const faults = watchFaults(logger);
  // Keeps the process alive until it is stopped, even if a service keeps nothing open.
  setInterval(() => {}, 2 ** 30);
  const services = await loadServices(files, logger);
  const { pageBefore } = await host.loaded();
  const { operationsPort, pauseSignal, telemetry } = settings;
  const broker = await openRunBroker({
    ...settings,
    services,
    environment: {
      ...process.env,
      TOMODACHI_TELEMETRY: telemetry,
      ...(operationsPort !== undefined && { TOMODACHI_OPERATIONS_PORT: String(operationsPort) }),
    },
    terminal: process.stdin.isTTY === true,
    logger,
    createBroker: host.createBroker,
    say: (line) => {
      if (!host.show((colour) => [brokerLine(line, colour)])) logger.info(line);
    },
  });
  try {
    // The environment is passed on without a copy: a copy would read the address of the broker, which starts the embedded broker.
    const { environment } = broker;
    const parts = page ? [page.part(files, logger, pageBefore)] : [];
    const started = await runServicesAnd(parts, services, { logger, signals: true, environment, pauseSignal });
    if (started.state === "running") host.started(started, stopSecondsOf(services), page?.address);
    const code = await started.ended;
    return code === 0 && faults.uncaught ? 1 : code;
  } catch (error) {
    throw broker.explain(error);
  } finally {
    await broker.stop();
  }
}

function stopSecondsOf(services: readonly Service[]): number {
  return Math.max(...services.map(({ options }) => options.terminationGracePeriodSeconds ?? 25));
}

/** Logs uncaught errors. An unhandled rejection has no other effect; after an uncaught exception the process stops. */
function watchFaults(logger: Logger): { readonly uncaught: boolean } {
  const faults = { uncaught: false };
  process.on("unhandledRejection", (reason: unknown) => {
    logger.error({ err: reason }, "A promise was rejected, and nothing awaited it: the service continues");
  });
  process.on("uncaughtException", (error: unknown) => {
    faults.uncaught = true;
    logger.fatal({ err: error }, "An error was thrown where nothing catches it: stopping");
    // Without a service there is nothing to stop.
    if (getService()) exit(1);
    else process.exit(1);
  });
  return faults;
}
