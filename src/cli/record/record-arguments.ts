/** What `tomodachi record` has to record, from the words after it. */
import type { LogLevel } from "../../log/logger.ts";
import type { Environment } from "../common/run-surroundings.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";

export interface RecordCommand {
  /** Service files and folders, as they were typed; at least one. */
  readonly paths: readonly string[];
  /** What is recorded: dead letters, or messages that wait in queues. If neither is set, messages that are published meanwhile. */
  readonly deadLetters: boolean;
  readonly queues: readonly string[];
  readonly pattern: string | undefined;
  readonly count: number;
  /** A file, as it was typed. */
  readonly redact: string | undefined;
  /** A file as it was typed, or `-` for standard output. */
  readonly output: string;
  /** The name of a connection of the services. */
  readonly connection: string | undefined;
  readonly url: string | undefined;
  readonly environment: Environment;
  readonly logLevel: LogLevel;
}

/** No person reads a test with more messages. */
const defaultCount = 100;

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function recordSettings(words: CommandWords): RecordCommand {
  const { positionals, services, lists, options, environment, url, logLevel } = words;
  const paths = [...positionals, ...services];
  const values = new OptionValues("record", options);
  if (paths.length === 0) throw values.usage("`tomodachi record` needs a file or a folder of services.", "service/");
  values.text("queue");
  return {
    paths,
    deadLetters: values.has("dead-letters"),
    queues: lists.get("queue") ?? [],
    pattern: values.text("pattern"),
    count: values.count("count") ?? defaultCount,
    redact: values.text("redact"),
    output: values.text("output") ?? "test/recorded.test.ts",
    connection: values.text("connection"),
    url,
    environment,
    logLevel,
  };
}
