/** Whether `tomodachi run` has the console, and its options. */

import { signOfProduction } from "../common/run-surroundings.ts";
import type { Option } from "./option.ts";
import type { WatchPlace } from "./watch-settings.ts";

/** What was said about the console. */
export interface ConsoleSettings {
  /** By an option or TOMODACHI_CONSOLE; undefined: it is there where a person works. */
  readonly asked: boolean | undefined;
  /** Undefined: 4600, or another one where that is taken. 0 is any free one. */
  readonly port: number | undefined;
  /** The file whose default export takes secrets out of recorded messages, as typed. */
  readonly redact: string | undefined;
}

export const pageOptions: Readonly<Record<string, Option>> = {
  console: {
    type: "boolean",
    of: ["run", "config"],
    variable: "TOMODACHI_CONSOLE",
    help: [
      "Open the console: a page on 127.0.0.1 that shows what the",
      "services do; default in development on a terminal,",
      "--no-console turns it off",
    ].join("\n"),
  },
  "no-console": { type: "boolean", of: ["run", "config"] },
  "console-port": {
    type: "string",
    of: ["run", "console", "config"],
    variable: "TOMODACHI_CONSOLE_PORT",
    placeholder: "number",
    help: "Port of the console (default: 4600, or another one where\nthat is taken; 0: any free one)",
  },
};

/** In development, where a person works: on a terminal. Elsewhere only if it is asked for, and in production never. */
export function hasPage(
  { asked }: ConsoleSettings,
  { production, environment, terminal }: Pick<WatchPlace, "production" | "environment" | "terminal">,
): boolean {
  if (signOfProduction(production, environment) !== undefined) return false;
  return asked ?? terminal;
}
