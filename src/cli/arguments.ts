/** The command line: words and environment variables, and what they come to. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { LogLevel } from "../log/logger.ts";
import { closest } from "../util/closest.ts";
import { UsageError } from "./common/errors.ts";
import type { Environment } from "./common/run-surroundings.ts";
import { definedCommands, isDefinedCommand } from "./defined-commands.ts";
import { type DlqSettings, dlqSettings } from "./dlq/dlq-arguments.ts";
import { type MigrateSettings, migrateSettings } from "./migrate/migrate-arguments.ts";
import type { CommandName, DefinedCommandName } from "./options/option.ts";
import { options } from "./options/option-table.ts";
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

/** What has a help text of its own. */
export type HelpTopic = "dlq" | "topology" | "schedule" | DefinedCommandName;

export type Command =
  | { readonly kind: "help"; readonly of?: HelpTopic }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly settings: RunSettings }
  | { readonly kind: "broker"; readonly settings: BrokerSettings }
  | { readonly kind: "dlq"; readonly settings: DlqSettings }
  | { readonly kind: "topology"; readonly settings: TopologyCommand }
  | { readonly kind: "schedule"; readonly settings: ScheduleSettings }
  | { readonly kind: "migrate"; readonly settings: MigrateSettings }
  | { readonly kind: "defined"; readonly name: DefinedCommandName; run(): Promise<number | undefined> };

const commands: Readonly<Record<string, CommandName>> = {
  run: "run",
  start: "run",
  go: "run",
  broker: "broker",
  dlq: "dlq",
  topology: "topology",
  schedule: "schedule",
  migrate: "migrate",
  publish: "publish",
  tail: "tail",
  config: "config",
  describe: "describe",
  doctor: "doctor",
  trace: "trace",
  completion: "completion",
  console: "console",
  record: "record",
  new: "new",
};

/** @throws UsageError when a word or a variable means nothing, with what was probably meant */
export function parseArguments(words: readonly string[], environment: Environment): Command {
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const typed = new Map<string, string | true>();
  const lists = new Map<string, readonly string[]>();
  const positionals: string[] = [];
  const unknown: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(options, token.name)) unknown.push(token.rawName);
    else typed.set(token.name, token.value ?? true);
    if (token.value !== undefined) lists.set(token.name, [...(lists.get(token.name) ?? []), token.value]);
  }
  if (words.length === 0 || typed.has("help")) return helpFor(positionals[0]);
  if (typed.has("version") || typed.has("Version")) return { kind: "version" };
  if (unknown.length > 0) throw unknownOptions(unknown, positionals[0]);
  refuseValuesOfFlags(typed);
  const [word, ...paths] = positionals;
  if (word === undefined) throw usage("There is no command.", "tomodachi run <service>");
  const command = commands[word];
  if (!command || !Object.hasOwn(commands, word)) throw unknownCommand(word);
  refuseOptionsOfOthers(command, typed);
  refuseRepeated(lists);
  const given = { options: typed, lists, environment };
  if (isDefinedCommand(command)) {
    const logLevel = (choice("log-level", given) ?? "error") as LogLevel;
    const words = { positionals: paths, options: typed, lists, environment, url: brokerUrl(given), logLevel };
    return { kind: "defined", name: command, run: definedCommands[command].prepare(words) };
  }
  if (command === "broker") return { kind: "broker", settings: brokerSettings(paths, given) };
  if (command === "dlq" || command === "migrate" || command === "schedule") {
    const level = (choice("log-level", given) ?? "error") as LogLevel;
    const both = { url: brokerUrl(given), logLevel: level };
    if (command === "schedule") {
      return { kind: "schedule", settings: scheduleSettings(paths, { json: typed.has("json"), ...both }) };
    }
    if (command === "dlq") {
      return { kind: "dlq", settings: dlqSettings({ positionals: paths, options: typed, lists, ...both }) };
    }
    return { kind: "migrate", settings: migrateSettings(paths, { uuid: typed.get("uuid"), ...both }) };
  }
  if (command === "topology") {
    const logLevel = (choice("log-level", given) ?? "error") as LogLevel;
    return { kind: "topology", settings: topologySettings({ positionals: paths, options: typed, lists, logLevel }) };
  }
  if (paths.length === 0) throw usage(`\`tomodachi ${word}\` needs a file or a folder.`, "tomodachi run service/");
  return { kind: "run", settings: runSettings(paths, given) };
}

/** Some commands have a help text of their own. */
function helpFor(word: string | undefined): Command {
  const own = word === "dlq" || word === "topology" || word === "schedule" || isDefinedCommand(word);
  return own ? { kind: "help", of: word } : { kind: "help" };
}

function refuseOptionsOfOthers(command: CommandName, typed: ReadonlyMap<string, string | true>): void {
  for (const name of typed.keys()) {
    const { of: [owner = command, ...others] = [] } = options[name] ?? {};
    if (owner !== command && !others.includes(command))
      throw usage(`--${name} is not an option of \`tomodachi ${command}\` but of \`tomodachi ${owner}\`.`);
  }
}

/** `--yes=false` must not count as `--yes`. Production alone has a word for off, because its variable has. */
function refuseValuesOfFlags(typed: ReadonlyMap<string, string | true>): void {
  for (const [name, value] of typed) {
    const isFlag = options[name]?.type === "boolean" && name !== "production";
    if (isFlag && value !== true)
      throw usage(`--${name} takes no value, but "${value}" was given: write the option alone, or leave it out.`);
  }
}

/** The last of two filters would count alone. Options of every command may be set in a script and again behind it. */
function refuseRepeated(lists: ReadonlyMap<string, readonly string[]>): void {
  for (const [name, values] of lists) {
    const { once = false } = options[name] ?? {};
    if (once && values.length > 1) throw usage(`--${name} may be given once, but it was given ${values.length} times.`);
  }
}

/** All of them: a command with one typo may have two. */
function unknownOptions(rawNames: readonly string[], command: string | undefined): UsageError {
  const own = command !== undefined && Object.hasOwn(commands, command) ? commands[command] : undefined;
  const known = Object.entries(options).flatMap(([name, { help, of }]) =>
    help && (own === undefined || of === undefined || of.includes(own)) ? name : [],
  );
  const told = rawNames.map((rawName) => {
    const meant = rawName.startsWith("--") ? closest(rawName.slice(2), known) : undefined;
    return `There is no option "${rawName}".${meant ? ` Did you mean \`--${meant}\`?` : ""}`;
  });
  const { of } = helpFor(command) as { readonly of?: string };
  const help = of ? `tomodachi ${of} --help` : "tomodachi --help";
  return new UsageError(`${[...new Set(told)].join("\n")} See \`${help}\`.`);
}

function unknownCommand(word: string): UsageError {
  const isPath = /[\\/]|\.[cm]?[jt]s$/.test(word) || existsSync(word);
  if (isPath) return usage(`"${word}" is not a command.`, undefined, `tomodachi run ${word}`);
  const meant = closest(word, Object.keys(commands));
  return usage(`There is no command "${word}".`, undefined, meant && `tomodachi ${commands[meant]}`);
}
