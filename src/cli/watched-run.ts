/** The process with the services of a watched run. It is started with the words of the command, and with a channel to the other one. */
import { type ChildMessage, isOurs, type ParentMessage } from "../hot-reload/messages.ts";
import { exit, getService } from "../service/running-services.ts";
import { createDeferred } from "../util/deferred.ts";
import { parseArguments } from "./arguments.ts";
import { bearGoneReaders, endProcess, failure } from "./end-process.ts";
import { useEnvironmentFile } from "./environment-file.ts";
import { findServices } from "./find-service.ts";
import { openLogger } from "./open-logger.ts";
import { ParentBroker } from "./parent-broker.ts";
import { reportFailure } from "./report-failure.ts";
import { runFiles } from "./run-files.ts";
import type { RunHost } from "./run-host.ts";
import { RunPage } from "./run-page.ts";

async function main(words: readonly string[]): Promise<number> {
  useEnvironmentFile(words);
  const command = parseArguments(words, process.env);
  if (command.kind !== "run") return 0;
  const { settings } = command;
  const page = settings.page && new RunPage(settings.page, process.env);
  const logger = await openLogger(settings.logLevel, settings.logForm, page?.tap);
  try {
    const files = findServices(settings.paths, { cwd: process.cwd(), production: false });
    return await runFiles(files, { settings, host: childHost(), logger, page });
  } catch (error) {
    reportFailure(error, settings.logForm, logger);
    return 1;
  }
}

/** Lines and the embedded broker are the other process's. */
function childHost(): RunHost {
  const go = createDeferred();
  const brokers: ParentBroker[] = [];
  process.on("message", (message: unknown) => {
    if (!isOurs(message)) return;
    const told = message as ParentMessage;
    if (told.tomodachi === "go") go.resolve();
    if (told.tomodachi === "stop") stop();
    if (told.tomodachi === "broker") for (const broker of brokers) broker.answered(told);
  });
  // The other process was killed: nobody would ever stop this one.
  process.on("disconnect", stop);
  return {
    show: (lines) => {
      for (const line of lines(false)) tell({ tomodachi: "say", line });
      return true;
    },
    createBroker: (port) => {
      const broker = new ParentBroker(port, tell);
      brokers.push(broker);
      return broker;
    },
    loaded: () => {
      tell({ tomodachi: "loaded" });
      return go.promise;
    },
    started: (run, stopSeconds) => {
      tell({ tomodachi: "ready", described: run.describe(), stopSeconds });
    },
  };
}

function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

/** Without a service there is nothing in flight. */
function stop(): void {
  if (getService()) exit(0);
  else process.exit(0);
}

bearGoneReaders();
void main(process.argv.slice(2)).catch(failure).then(endProcess);
