/** Starts the process with the services of a watched run, and receives which files it loads. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { FileChanges } from "../../hot-reload/file-changes.ts";
import { type ChildMessage, isOurs, loadedFilesOf } from "../../hot-reload/messages.ts";
import type { ReloadChild } from "../../hot-reload/supervisor.ts";
import { useEnvironmentFile } from "../common/environment-file.ts";
import { ownFolder } from "../common/own-package.ts";
import type { Environment } from "../common/run-surroundings.ts";

/** With this variable, Node reports the loaded files of a process to its parent process, as `node --watch` does. */
const reporting = { WATCH_REPORT_DEPENDENCIES: "1" };

export function startChild(
  told: (message: ChildMessage) => void,
  changes: FileChanges,
  more: Environment,
): ReloadChild {
  const began = Date.now();
  changes.childBegan();
  // The environment as it was before .env was read here, because that file may be the one that changed.
  const { before } = useEnvironmentFile([]);
  const entry = join(ownFolder(), "dist/cli/watched-run.js");
  const child = fork(entry, process.argv.slice(2), { env: { ...before, ...more, ...reporting }, stdio: "inherit" });
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
