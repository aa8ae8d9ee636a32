/** `tomodachi run`: from settings to an exit code. */
import { messageOf, TomodachiError } from "../errors.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { runServices } from "../service/runner.ts";
import { exit, getService } from "../service/running-services.ts";
import type { RunSettings } from "./arguments.ts";
import { openingLines, startedLines } from "./banner.ts";
import { findServices } from "./find-service.ts";
import { handOver, otherCopyFor } from "./hand-over.ts";
import { loadServices } from "./load-service.ts";
import { ownFolder, readManifest } from "./own-package.ts";

/** Runs the services until they end; undefined when another copy of the package took over the process. */
export async function run(settings: RunSettings): Promise<number | undefined> {
  const logger = await createLogger({ level: settings.logLevel, form: settings.logForm });
  try {
    const files = findServices(settings.paths, { cwd: process.cwd(), production: settings.production });
    const other = otherCopyFor(files);
    if (!other) return await runFiles(files, settings, logger);
    logger.debug(`Handing over to tomodachi ${other.version} in ${other.folder}, which the service imports`);
    await handOver(other);
    return undefined;
  } catch (error) {
    reportFailedStart(error, settings, logger);
    return 1;
  }
}

async function runFiles(files: readonly string[], settings: RunSettings, logger: Logger): Promise<number> {
  const faults = watchFaults(logger);
  // A service may hold nothing open; it runs until it is stopped all the same.
  setInterval(() => {}, 2 ** 30);
  const show = bannerWriter(settings);
  const { version } = readManifest(ownFolder());
  show((colour) => openingLines({ version, files, cwd: process.cwd(), colour }));
  const services = await loadServices(files, logger);
  const started = await runServices(services, { logger, signals: true });
  if (started.state === "running") show((colour) => startedLines(started.describe(), colour));
  const code = await started.ended;
  return code === 0 && faults.uncaught ? 1 : code;
}

/** Logs what nobody caught. A forgotten promise costs nothing else; after a throw into nowhere the process stops. */
function watchFaults(logger: Logger): { readonly uncaught: boolean } {
  const faults = { uncaught: false };
  process.on("unhandledRejection", (reason: unknown) => {
    logger.error({ err: reason }, "A promise was rejected, and nothing awaited it: the service goes on");
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

/** Errors of this package explain themselves; for any other the stack says where it came from. */
function reportFailedStart(error: unknown, { logForm }: RunSettings, logger: Logger): void {
  // A process that ends without a word helps nobody.
  if (logForm === "disabled") process.stderr.write(`tomodachi: ${messageOf(error)}\n`);
  if (!isOurs(error)) {
    logger.error({ err: error }, "The start failed");
    return;
  }
  logger.error({ code: error.code }, error.message);
  logger.debug({ err: error }, "Where it was thrown");
}

/** By the code and the name: Node's own errors have codes of the same form, and plain names. */
function isOurs(error: unknown): error is TomodachiError {
  if (error instanceof TomodachiError) return true;
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return (
    typeof code === "string" &&
    code.startsWith("ERR_") &&
    !/^(Type|Range|Reference|Syntax|URI|Eval|System)?Error$/.test(String(name))
  );
}

/** Writes to standard output in development, and not at all where machines read. */
function bannerWriter({ production, logForm }: RunSettings): (lines: (colour: boolean) => readonly string[]) => void {
  if (production || logForm !== "console") return () => {};
  const colour = process.stdout.isTTY === true && process.stdout.hasColors();
  return (lines) => void process.stdout.write(`${lines(colour).join("\n")}\n`);
}
