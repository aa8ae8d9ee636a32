/** Whether `tomodachi run` restarts its services when files change, and which files count. */
import { resolve } from "node:path";
import { type Environment, signOfProduction } from "../common/run-surroundings.ts";
import type { Option } from "./option.ts";

export interface WatchSettings {
  /** Set by --watch or --no-watch. Undefined: it restarts if a person works here. */
  readonly asked: boolean | undefined;
  /** Folders whose files do not count, as they were typed. */
  readonly ignored: readonly string[];
  /** Further file extensions that count, with their dot. */
  readonly endings: readonly string[];
}

export const watchOptions: Readonly<Record<string, Option>> = {
  watch: {
    type: "boolean",
    of: ["run", "config"],
    help: [
      "Restart when files of the service change; default in",
      "development on a terminal, --no-watch turns it off",
    ].join("\n"),
  },
  "no-watch": { type: "boolean", of: ["run", "config"] },
  "watch-ignore": {
    type: "string",
    of: ["run", "config"],
    placeholder: "folder",
    help: "Changes in this folder restart nothing. May be repeated",
  },
  "watch-ending": {
    type: "string",
    of: ["run", "config"],
    placeholder: "ending",
    help: "Also watch files with this ending: sql. May be repeated",
  },
};

/** Where the run takes place. */
export interface WatchPlace {
  readonly production: boolean;
  readonly environment: Environment;
  /** Whether standard input is a terminal. */
  readonly terminal: boolean;
  /** Options of Node itself. A debugger, for example, is attached to one process. */
  readonly nodeOptions: readonly string[];
}

export function isWatched({ asked }: WatchSettings, place: WatchPlace): boolean {
  if (signOfProduction(place.production, place.environment) !== undefined) return false;
  if (asked !== undefined) return asked;
  return place.terminal && !place.nodeOptions.some((option) => option.startsWith("--inspect"));
}

/** The extension with its dot, in lower case. */
export function endingOf(word: string): string {
  const ending = word.trim().toLowerCase();
  return ending.startsWith(".") ? ending : `.${ending.replace(/^\*\.?/, "")}`;
}

export function ignoredFolders(ignored: readonly string[], cwd: string): readonly string[] {
  return ignored.map((folder) => resolve(cwd, folder));
}
