/** What the command line asks for, from the words after the name of the command. */
import type { LogLevel } from "../log/logger.ts";
import { definedCommands } from "./defined-commands.ts";
import { type DlqSettings, dlqSettings } from "./dlq/dlq-arguments.ts";
import { type MigrateSettings, migrateSettings } from "./migrate/migrate-arguments.ts";
import type { CommandWords } from "./options/command-definition.ts";
import type { CommandName, DefinedCommandName } from "./options/option.ts";
import {
  type BrokerSettings,
  brokerSettings,
  brokerUrl,
  choice,
  type RunSettings,
  runSettings,
  usage,
} from "./run/run-arguments.ts";
import { type ScheduleSettings, scheduleSettings } from "./schedule/schedule-arguments.ts";
import { type TopologyCommand, topologySettings } from "./topology/topology-arguments.ts";

export type Command =
  /** The help of one command, or of one action of it. */
  | { readonly kind: "help"; readonly of?: CommandName; readonly action?: string }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly settings: RunSettings }
  | { readonly kind: "broker"; readonly settings: BrokerSettings }
  | { readonly kind: "dlq"; readonly settings: DlqSettings }
  | { readonly kind: "topology"; readonly settings: TopologyCommand }
  | { readonly kind: "schedule"; readonly settings: ScheduleSettings }
  | { readonly kind: "migrate"; readonly settings: MigrateSettings }
  | { readonly kind: "defined"; readonly name: DefinedCommandName; run(): Promise<number | undefined> };

/** Everything that was typed after the name of the command, and the environment. */
type Words = Omit<CommandWords, "url" | "logLevel">;

/** @throws UsageError for a value without a meaning, and for something that is missing */
export function commandFrom(command: CommandName, words: Words): Command {
  const { positionals, services, options: typed } = words;
  if (command === "run") {
    const paths = [...positionals, ...services];
    if (paths.length === 0) throw usage("`tomodachi run` needs a file or a folder.", "tomodachi run service/");
    return { kind: "run", settings: runSettings(paths, words) };
  }
  if (command === "broker") return { kind: "broker", settings: brokerSettings(positionals, words) };
  const logLevel = (choice("log-level", words) ?? "error") as LogLevel;
  if (command === "topology") return { kind: "topology", settings: topologySettings({ ...words, logLevel }) };
  // Config shows what a run would do, and takes the brokers of a run.
  const connected = { url: command === "config" ? undefined : brokerUrl(words), logLevel };
  switch (command) {
    case "dlq":
      return { kind: "dlq", settings: dlqSettings({ ...words, ...connected }) };
    case "schedule":
      return { kind: "schedule", settings: scheduleSettings(words, { json: typed.has("json"), ...connected }) };
    case "migrate":
      return {
        kind: "migrate",
        settings: migrateSettings(words, { uuid: typed.get("uuid"), json: typed.has("json"), ...connected }),
      };
    default:
      return { kind: "defined", name: command, run: definedCommands[command].prepare({ ...words, ...connected }) };
  }
}
