/** Whether `tomodachi run` opens the console, and the options of the console. */

import { signOfProduction } from "../common/run-surroundings.ts";
import type { Option } from "./option.ts";
import type { WatchPlace } from "./watch-settings.ts";

/** The settings of the console. */
export interface ConsoleSettings {
  /** Set by an option or by TOMODACHI_CONSOLE. Undefined: the console opens if a person works here. */
  readonly asked: boolean | undefined;
  /** Undefined for 4600, or another port if that is taken. 0 is any free port. */
  readonly port: number | undefined;
  /** The file, as it was typed, whose default export removes secrets from recorded messages. */
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

/**
 * The console opens in development on a terminal, where a person works. Elsewhere it opens only if it is requested, and in production
 * never.
 */
export function hasPage(
  { asked }: ConsoleSettings,
  { production, environment, terminal }: Pick<WatchPlace, "production" | "environment" | "terminal">,
): boolean {
  if (signOfProduction(production, environment) !== undefined) return false;
  return asked ?? terminal;
}
