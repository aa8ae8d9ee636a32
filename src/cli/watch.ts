/** `tomodachi run` in development: watches files, and restarts the services in a process of their own when one changes. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { FileChanges } from "../hot-reload/file-changes.ts";
import { type ChildMessage, isOurs, loadedFilesOf } from "../hot-reload/messages.ts";
import { type ReloadChild, Supervisor } from "../hot-reload/supervisor.ts";
import type { Logger } from "../log/logger.ts";
import { useEnvironmentFile } from "./environment-file.ts";
import { ownFolder } from "./own-package.ts";
import { BrokerKeeper } from "./parent-broker.ts";
import type { RunSettings } from "./run-arguments.ts";
import type { RunHost } from "./run-host.ts";
import { watchedLines } from "./watch-lines.ts";
import { endingOf, ignoredFolders } from "./watch-settings.ts";
import { folderFilter, watchedRoots } from "./watched-folders.ts";

export interface WatchedRun {
  readonly settings: RunSettings;
  readonly show: RunHost["show"];
  readonly logger: Logger;
}

const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Gives the exit code, when the services have ended by themselves or by a signal. */
export async function watchFiles(files: readonly string[], { settings, show, logger }: WatchedRun): Promise<number> {
  const cwd = process.cwd();
  const { ignored, endings } = settings.watch;
  const keeper = new BrokerKeeper(logger);
  const lines = watchedLines(show, logger, cwd);
  const roots = watchedRoots(files);
  const changes = new FileChanges({
    roots,
    isIgnored: folderFilter(files, roots, ignoredFolders(ignored, cwd)),
    environmentFile: join(cwd, ".env"),
    moreEndings: endings.map(endingOf),
    changed: (paths) => {
      lines.changed(paths);
      supervisor.restart();
    },
    leftAlone: (path) => lines.leftAlone(path),
    failed: (folder, error) => lines.notWatched(folder, error),
  });
  const supervisor = new Supervisor({
    startChild: (told) => startChild(told, changes),
    say: (line) => lines.say(line),
    ready: (described, sinceMs) => {
      changes.childReady();
      lines.ready(described, sinceMs);
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

/** Node reports the files that a process loads to whoever started it with this variable, as `node --watch` does. */
const reporting = { WATCH_REPORT_DEPENDENCIES: "1" };

function startChild(told: (message: ChildMessage) => void, changes: FileChanges): ReloadChild {
  const began = Date.now();
  changes.childBegan();
  // The environment as it was before .env was read here: the file may be the one that has changed.
  const { before } = useEnvironmentFile([]);
  const entry = join(ownFolder(), "dist/cli/watched-run.js");
  const child = fork(entry, process.argv.slice(2), { env: { ...before, ...reporting }, stdio: "inherit" });
  child.on("message", (message: unknown) => {
    if (isOurs(message)) told(message as ChildMessage);
    else changes.loaded(loadedFilesOf(message) ?? [], began);
  });
  const ended = new Promise<{ code: number; killed: boolean }>((resolve) => {
    child.on("exit", (code, signal) =>
      resolve({ code: code ?? (signal === "SIGINT" ? 130 : 143), killed: child.killed }),
    );
    child.on("error", () => resolve({ code: 1, killed: false }));
  });
  return {
    ended,
    send: (message) => void (child.connected && child.send(message, () => {})),
    signal: (name) => void child.kill(name),
    kill: () => void child.kill("SIGKILL"),
  };
}
