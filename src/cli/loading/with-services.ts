/**
 * For commands that load services and do not start them: passes the process on to the copy that the services import, and reports failures.
 */
import { hasCode } from "../../errors.ts";
import type { Logger, LogLevel } from "../../log/logger.ts";
import type { Service } from "../../service/service.ts";
import { findServices } from "./find-service.ts";
import { handOver, otherCopyFor } from "./hand-over.ts";
import { loadServices } from "./load-service.ts";
import { openLogger } from "./open-logger.ts";
import { reportFailure } from "./report-failure.ts";

interface LoadSettings {
  readonly paths: readonly string[];
  /** Prefers compiled files to their sources. @default false */
  readonly production?: boolean;
  readonly logLevel: LogLevel;
}

/**
 * Returns the exit code of the act; undefined if another copy of the package took over the process.
 * @throws UsageError, and no other error
 */
export async function withServices(
  { paths, production = false, logLevel }: LoadSettings,
  act: (services: readonly Service[], logger: Logger) => Promise<number>,
): Promise<number | undefined> {
  const logger = await openLogger(logLevel, "console");
  try {
    const files = findServices(paths, { cwd: process.cwd(), production });
    const other = otherCopyFor(files);
    if (other) {
      await handOver(other);
      return undefined;
    }
    return await act(files.length > 0 ? await loadServices(files, logger) : [], logger);
  } catch (error) {
    if (hasCode(error, "ERR_USAGE")) throw error;
    reportFailure(error, "console", logger);
    return 1;
  }
}
