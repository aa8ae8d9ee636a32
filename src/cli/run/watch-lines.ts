/** The lines of a watched run: what changed, that it is ready again, why it waits. */
import { relative } from "node:path";
import { messageOf } from "../../errors.ts";
import type { ReadyChild } from "../../hot-reload/supervisor.ts";
import type { Logger } from "../../log/logger.ts";
import { printable } from "../../util/printable.ts";
import { brokerLine, consoleLines, readyLine } from "./banner.ts";
import type { RunHost } from "./run-host.ts";

/** The most changed files that are named. */
const namedFiles = 3;

export interface WatchedLines {
  say(line: string): void;
  /** Writes a line that each child repeats after a restart only once. */
  once(line: string): void;
  changed(paths: readonly string[]): void;
  paused(path: string, pauseMs: number): void;
  notWatched(folder: string, error: unknown): void;
  ready(child: ReadyChild, sinceMs: number | undefined): void;
}

export function watchedLines(show: RunHost["show"], logger: Logger, cwd: string): WatchedLines {
  const said = new Set<string>();
  let lastDescribed: readonly string[] = [];
  let loggedPage: string | undefined;
  let wasFolderTold = false;
  const name = (path: string): string => {
    const short = relative(cwd, path);
    return printable(short.startsWith("..") ? path : short);
  };
  const say = (line: string): void => {
    if (!show(() => [line])) logger.info(line);
  };
  return {
    say,
    once: (line) => {
      if (said.has(line)) return;
      said.add(line);
      if (!show((colour) => [brokerLine(line.trim(), colour)])) logger.info(line.trim());
    },
    changed: (paths) => {
      const more = paths.length > namedFiles ? ` and ${paths.length - namedFiles} more` : "";
      say(`${paths.slice(0, namedFiles).map(name).join(", ")}${more} changed: restarting.`);
    },
    paused: (path, pauseMs) =>
      logger.warn(
        `${name(path)} changed right after each of the last starts. Its last change is loaded when the file stays as it is for ${pauseMs / 1000} s. If the service itself writes the file, name its folder with --watch-ignore.`,
      ),
    notWatched: (folder, error) => {
      if (wasFolderTold) return;
      wasFolderTold = true;
      logger.warn(
        `The folder ${name(folder)} cannot be watched (${messageOf(error)}): changes there restart nothing. Leave folders out with --watch-ignore, or raise the limit of the system (fs.inotify.max_user_watches).`,
      );
    },
    ready: ({ described, page }, sinceMs) => {
      // After a restart only new lines are written: the others were printed before.
      const lines = sinceMs === undefined ? described : described.filter((line) => !lastDescribed.includes(line));
      lastDescribed = described;
      const isShown = show((colour) => [
        ...lines.map((line) => `  ${printable(line)}`),
        readyLine(colour, { sinceMs }),
        ...consoleLines(page, colour),
      ]);
      if (isShown || page === undefined || page === loggedPage) return;
      loggedPage = page;
      logger.info(`console: ${page}`);
    },
  };
}
