/** `tomodachi run`: runs services from settings, and returns an exit code. */

import { findServices } from "../loading/find-service.ts";
import { handOver, otherCopyFor } from "../loading/hand-over.ts";
import { openLogger } from "../loading/open-logger.ts";
import { reportFailure } from "../loading/report-failure.ts";
import { hasPage } from "../options/page-settings.ts";
import { isWatched, type WatchPlace } from "../options/watch-settings.ts";
import type { RunSettings } from "./run-arguments.ts";
import { runFiles } from "./run-files.ts";
import { ownHost, showOpening } from "./run-host.ts";
import { RunPage } from "./run-page.ts";

/** Runs the services until they end; undefined if another copy of the package took over the process. */
export async function run(settings: RunSettings): Promise<number | undefined> {
  const { page: asked, watch } = settings.development;
  const place = placeOf(settings);
  const [isShown, watched] = [hasPage(asked, place), isWatched(watch, place)];
  // In a watched run the console is in the process that runs the services.
  const page = isShown && !watched ? new RunPage(asked, process.env) : undefined;
  const logger = await openLogger(settings.logLevel, settings.logForm, page?.tap);
  try {
    const files = findServices(settings.paths, { cwd: process.cwd(), production: settings.production });
    const other = otherCopyFor(files);
    if (other) {
      logger.debug(`Handing over to tomodachi ${other.version} in ${other.folder}, which the service imports`);
      await handOver(other);
      return undefined;
    }
    const host = ownHost(settings, logger);
    showOpening(files, host);
    if (!watched) return await runFiles(files, { settings, host, logger, page });
    const { watchFiles } = await import("./watch.ts");
    return await watchFiles(files, { settings, show: host.show, logger, isShown });
  } catch (error) {
    reportFailure(error, settings.logForm, logger);
    return 1;
  }
}

function placeOf({ production }: RunSettings): WatchPlace {
  const nodeOptions = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(" ")];
  return { production, environment: process.env, terminal: process.stdin.isTTY === true, nodeOptions };
}
