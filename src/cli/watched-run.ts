/** The process with the services of a watched run. It gets the words of the command, and a channel to the watching process. */
import { parseArguments } from "./arguments.ts";
import { endProcess, failure, ignoreClosedPipes } from "./common/end-process.ts";
import { useEnvironmentFile } from "./common/environment-file.ts";
import { findServices } from "./loading/find-service.ts";
import { openLogger } from "./loading/open-logger.ts";
import { reportFailure } from "./loading/report-failure.ts";
import { hasPage } from "./options/page-settings.ts";
import { childHost } from "./run/child-host.ts";
import { runFiles } from "./run/run-files.ts";
import { RunPage } from "./run/run-page.ts";

async function main(words: readonly string[]): Promise<number> {
  useEnvironmentFile(words);
  const command = parseArguments(words, process.env);
  if (command.kind !== "run") return 0;
  const { settings } = command;
  const { page: asked } = settings.development;
  const terminal = process.stdin.isTTY === true;
  const page = hasPage(asked, { production: false, environment: process.env, terminal })
    ? new RunPage(asked, process.env)
    : undefined;
  const logger = await openLogger(settings.logLevel, settings.logForm, page?.tap);
  try {
    const files = findServices(settings.paths, { cwd: process.cwd(), production: false });
    return await runFiles(files, { settings, host: childHost(), logger, page });
  } catch (error) {
    reportFailure(error, settings.logForm, logger);
    return 1;
  }
}

ignoreClosedPipes();
void main(process.argv.slice(2)).catch(failure).then(endProcess);
