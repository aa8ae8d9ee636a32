/** A command that says all of itself: its options, its help, and how it starts. */
import type { LogLevel } from "../../log/logger.ts";
import type { Environment } from "../common/run-surroundings.ts";
import type { CommandHelp } from "./command-help.ts";

/** What was typed after the name of the command. */
export interface CommandWords {
  readonly positionals: readonly string[];
  /** What `--service` names; commands whose other words are services add these to them. */
  readonly services: readonly string[];
  readonly options: ReadonlyMap<string, string | true>;
  /** Every value of an option that was given more than once. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly environment: Environment;
  /** Where the broker is, by `--broker` or its variable, where that is a URL. */
  readonly url: string | undefined;
  readonly logLevel: LogLevel;
}

export interface CommandDefinition extends CommandHelp {
  /**
   * Checks the words; the returned function does what they ask for, and gives the exit code. Undefined: another copy of the package
   * took over the process.
   * @throws UsageError when a word means nothing, or something is missing
   */
  prepare(words: CommandWords): () => Promise<number | undefined>;
}
