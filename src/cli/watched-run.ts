/** The process with the services of a watched run. It is started with the words of the command, and with a channel to the other one. */
import { parseArguments } from "./arguments.ts";
import { childHost } from "./child-host.ts";
import { bearGoneReaders, endProcess, failure } from "./end-process.ts";
import { useEnvironmentFile } from "./environment-file.ts";
import { findServices } from "./find-service.ts";
import { openLogger } from "./open-logger.ts";
import { reportFailure } from "./report-failure.ts";
import { runFiles } from "./run-files.ts";
import { RunPage } from "./run-page.ts";

async function main(words: readonly string[]): Promise<number> {
  useEnvironmentFile(words);
  const command = parseArguments(words, process.env);
  if (command.kind !== "run") return 0;
  const { settings } = command;
  const { page: asked } = settings.development;
  const page = asked && new RunPage(asked, process.env);
  const logger = await openLogger(settings.logLevel, settings.logForm, page?.tap);
  try {
    const files = findServices(settings.paths, { cwd: process.cwd(), production: false });
    return await runFiles(files, { settings, host: childHost(), logger, page });
  } catch (error) {
    reportFailure(error, settings.logForm, logger);
    return 1;
  }
}

bearGoneReaders();
void main(process.argv.slice(2)).catch(failure).then(endProcess);
