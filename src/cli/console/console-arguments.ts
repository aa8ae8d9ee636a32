/** What `tomodachi console` has to show, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import type { Environment } from "../common/run-surroundings.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";
import { portNumber } from "../run/run-arguments.ts";

export interface ConsoleCommand {
  /** Service files and folders, as they were typed. */
  readonly paths: readonly string[];
  /** Names of queues that are shown without services. */
  readonly queues: readonly string[];
  /** The URL of the broker; undefined for the one in the services and the environment. */
  readonly url: string | undefined;
  readonly environment: Environment;
  readonly allowChanges: boolean;
  /** Undefined for 4600, or any free port if that is taken. */
  readonly port: number | undefined;
  readonly logLevel: LogLevel;
}

/** @throws UsageError if nothing is named that could be shown, and for a wrong value */
export function consoleSettings(words: CommandWords): ConsoleCommand {
  const { positionals, services, lists, options, environment, url, logLevel } = words;
  const paths = [...positionals, ...services];
  const values = new OptionValues("console", options);
  const queues = lists.get("queue") ?? [];
  if (paths.length === 0 && queues.length === 0) {
    throw values.usage("`tomodachi console` needs a file or a folder of services, or --queue.", "service/");
  }
  values.text("queue");
  const port = values.text("console-port") ?? (environment["TOMODACHI_CONSOLE_PORT"] || undefined);
  return {
    paths,
    queues,
    url,
    environment,
    allowChanges: values.has("allow-changes"),
    port: port === undefined ? undefined : portNumber("--console-port", port, 0),
    logLevel,
  };
}
