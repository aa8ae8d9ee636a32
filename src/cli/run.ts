/** `tomodachi run`: from settings to an exit code. */
import type { Logger } from "../log/logger.ts";
import { runServices } from "../run-services.ts";
import { exit, getService } from "../service/running-services.ts";
import type { RunSettings } from "./run-arguments.ts";
import { brokerLine, openingLines, startedLines } from "./banner.ts";
import { useEnvironmentFile } from "./environment-file.ts";
import { findServices } from "./find-service.ts";
import { handOver, otherCopyFor } from "./hand-over.ts";
import { loadServices } from "./load-service.ts";
import { openLogger } from "./open-logger.ts";
import { ownFolder, readManifest } from "./own-package.ts";
import { reportFailure } from "./report-failure.ts";
import { openRunBroker } from "./run-broker.ts";

/** Runs the services until they end; undefined when another copy of the package took over the process. */
export async function run(settings: RunSettings): Promise<number | undefined> {
  const logger = await openLogger(settings.logLevel, settings.logForm);
  try {
    const files = findServices(settings.paths, { cwd: process.cwd(), production: settings.production });
    const other = otherCopyFor(files);
    if (!other) return await runFiles(files, settings, logger);
    logger.debug(`Handing over to tomodachi ${other.version} in ${other.folder}, which the service imports`);
    await handOver(other);
    return undefined;
  } catch (error) {
    reportFailure(error, settings.logForm, logger);
    return 1;
  }
}

async function runFiles(files: readonly string[], settings: RunSettings, logger: Logger): Promise<number> {
  const faults = watchFaults(logger);
  // A service may hold nothing open; it runs until it is stopped all the same.
  setInterval(() => {}, 2 ** 30);
  const show = bannerWriter(settings);
  const { version } = readManifest(ownFolder());
  const { names: variables } = useEnvironmentFile([]);
  show((colour) => openingLines({ version, files, variables, cwd: process.cwd(), colour }));
  const services = await loadServices(files, logger);
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
    say: (line) => {
      if (!show((colour) => [brokerLine(line, colour)])) logger.info(line);
    },
  });
  try {
    // Handed on as it is: a copy would read where the broker is, which starts the embedded one.
    const { environment } = broker;
    const started = await runServices(services, { logger, signals: true, environment, pauseSignal });
    if (started.state === "running") show((colour) => startedLines(started.describe(), colour));
    const code = await started.ended;
    return code === 0 && faults.uncaught ? 1 : code;
  } catch (error) {
    throw broker.explain(error);
  } finally {
    await broker.stop();
  }
}

/** Logs uncaught errors. A forgotten promise has no other effect; after an uncaught exception the process stops. */
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

/** Writes to standard output only in development, because other programs may read it; returns whether it did. */
function bannerWriter({
  production,
  logForm,
}: RunSettings): (lines: (colour: boolean) => readonly string[]) => boolean {
  if (production || logForm !== "console") return () => false;
  const colour = process.stdout.isTTY === true && process.stdout.hasColors();
  return (lines) => {
    process.stdout.write(`${lines(colour).join("\n")}\n`);
    return true;
  };
}
