/** `tomodachi run` in development: watches files, and restarts the services in a child process when a file changes. */
import { join } from "node:path";
import { FileChanges } from "../../hot-reload/file-changes.ts";
import { Supervisor } from "../../hot-reload/supervisor.ts";
import type { Logger } from "../../log/logger.ts";
import { endingOf, ignoredFolders } from "../options/watch-settings.ts";
import { consoleToken } from "./console-token.ts";
import { BrokerKeeper } from "./parent-broker.ts";
import type { RunSettings } from "./run-arguments.ts";
import type { RunHost } from "./run-host.ts";
import { watchedLines } from "./watch-lines.ts";
import { startChild } from "./watched-child.ts";
import { folderFilter, watchedRoots } from "./watched-folders.ts";

export interface WatchedRun {
  readonly settings: RunSettings;
  readonly show: RunHost["show"];
  readonly logger: Logger;
  /** Whether the run has a console. */
  readonly isShown: boolean;
}

const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Returns the exit code when the services have ended, by themselves or because of a signal. */
export async function watchFiles(files: readonly string[], given: WatchedRun): Promise<number> {
  const { settings, show, logger, isShown } = given;
  const cwd = process.cwd();
  const { watch } = settings.development;
  const keeper = new BrokerKeeper(logger);
  // The address of the console stays the same: its token is in the environment, and its port comes with the message "go".
  const pageToken = isShown ? { TOMODACHI_CONSOLE_TOKEN: consoleToken(process.env) } : {};
  const lines = watchedLines(show, logger, cwd);
  const roots = watchedRoots(files);
  const changes = new FileChanges({
    roots,
    isIgnored: folderFilter(files, roots, ignoredFolders(watch.ignored, cwd)),
    environmentFile: join(cwd, ".env"),
    moreEndings: watch.endings.map(endingOf),
    changed: (paths) => {
      if (supervisor.restart()) lines.changed(paths);
    },
    paused: (path, pauseMs) => lines.paused(path, pauseMs),
    failed: (folder, error) => lines.notWatched(folder, error),
  });
  const supervisor = new Supervisor({
    startChild: (told) => startChild(told, changes, pageToken),
    say: (line) => lines.say(line),
    ready: (child, sinceMs) => {
      changes.childReady();
      lines.ready(child, sinceMs);
    },
    loadable: (isLoaded) => changes.setIncomplete(!isLoaded),
    told: (message, child) => {
      if (message.tomodachi === "say") lines.once(message.line);
      if (message.tomodachi === "broker") void keeper.answer(message).then((answer) => child.send(answer));
    },
  });
  const stop = (name: NodeJS.Signals): void => supervisor.stop(name === "SIGINT" ? "SIGINT" : "SIGTERM");
  for (const signal of stopSignals) process.on(signal, stop);
  const { pauseSignal } = settings;
  if (pauseSignal) process.on(pauseSignal, (signal) => supervisor.forward(signal));
  supervisor.start();
  try {
    return await supervisor.done;
  } finally {
    changes.close();
    for (const signal of stopSignals) process.off(signal, stop);
    await keeper.stop();
  }
}
