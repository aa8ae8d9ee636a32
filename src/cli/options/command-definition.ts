/** What a command with a definition consists of: its options, its help, and its start. */
import type { LogLevel } from "../../log/logger.ts";
import type { Environment } from "../common/run-surroundings.ts";
import type { CommandHelp } from "./command-help.ts";

/** What was typed after the name of the command. */
export interface CommandWords {
  readonly positionals: readonly string[];
  /** The services in `--service`. Commands whose other words are services add them. */
  readonly services: readonly string[];
  readonly options: ReadonlyMap<string, string | true>;
  /** All values of options that were given more than once. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly environment: Environment;
  /** The URL of the broker, from `--broker` or its variable, if that is a URL. */
  readonly url: string | undefined;
  readonly logLevel: LogLevel;
}

export interface CommandDefinition extends CommandHelp {
  /**
   * Checks the words. The returned function runs the command and returns the exit code; undefined if another copy of the package took over
   * the process.
   * @throws UsageError for a word without a meaning, and for something that is missing
   */
  prepare(words: CommandWords): () => Promise<number | undefined>;
}
