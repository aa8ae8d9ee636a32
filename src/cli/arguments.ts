/** The command line: words and environment variables, and what they come to. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { LogForm, LogLevel } from "../log/logger.ts";
import { closest } from "../util/closest.ts";
import { type DlqSettings, dlqSettings } from "./dlq-arguments.ts";
import { definedCommands, isDefinedCommand } from "./defined-commands.ts";
import { UsageError } from "./errors.ts";
import { type MigrateSettings, migrateSettings } from "./migrate-arguments.ts";
import type { CommandName, DefinedCommandName } from "./option.ts";
import { options } from "./option-table.ts";
import { type BrokerChoice, defaultBrokerPort, type Environment, signOfProduction } from "./run-surroundings.ts";
import { type ScheduleSettings, scheduleSettings } from "./schedule-arguments.ts";
import { type TopologyCommand, topologySettings } from "./topology-arguments.ts";

interface LogSettings {
  readonly logLevel: LogLevel;
  readonly logForm: LogForm;
}

/** What `tomodachi run` was asked to do. */
export interface RunSettings extends LogSettings {
  /** Files and folders as they were typed; at least one. */
  readonly paths: readonly string[];
  readonly production: boolean;
  readonly broker: BrokerChoice;
  /** Where on 127.0.0.1 the embedded broker is looked for, and started. */
  readonly brokerPort: number;
  /** Undefined: what services and the environment say. */
  readonly operationsPort: number | undefined;
  /** Pauses all handlers, and resumes them. */
  readonly pauseSignal: "SIGUSR2" | undefined;
  /** Undefined: on where an SDK of OpenTelemetry is registered. */
  readonly telemetry: "on" | "off" | undefined;
}

/** What `tomodachi broker` was asked to do. */
export interface BrokerSettings extends LogSettings {
  /** 0 is any free one. */
  readonly port: number;
  readonly host: string;
}

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

/** The arguments and the environment variables. */
interface Given {
  readonly options: ReadonlyMap<string, string | true>;
  readonly environment: Environment;
}

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
  const given = { options: typed, environment };
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

function runSettings(paths: readonly string[], given: Given): RunSettings {
  const production = isOn(givenFor("production", given));
  const form = production ? "json" : "console";
  const broker = brokerChoice(production, given);
  const pauseSignal = choice("pause-signal", given) as RunSettings["pauseSignal"];
  const telemetry = choice("telemetry", given) as RunSettings["telemetry"];
  const ports = { brokerPort: port(given, 1), operationsPort: operationsPort(given) };
  return { paths, production, broker, ...ports, pauseSignal, telemetry, ...logSettings(given, form) };
}

function brokerSettings(paths: readonly string[], given: Given): BrokerSettings {
  if (paths[0] !== undefined) {
    throw usage(`\`tomodachi broker\` runs no files, and "${paths[0]}" was given.`, `tomodachi run ${paths[0]}`);
  }
  const { value: host = "127.0.0.1" } = givenFor("host", given);
  if (host === true || host.trim() === "") throw usage("--host has no value.", "--host 127.0.0.1");
  return { port: port(given, 0), host: host.trim(), ...logSettings(given, "console") };
}

function logSettings(given: Given, form: LogForm): LogSettings {
  return {
    logLevel: (choice("log-level", given) ?? "info") as LogLevel,
    logForm: (choice("logger", given) ?? form) as LogForm,
  };
}

function givenFor(name: string, given: Given): { readonly source: string; readonly value: string | true | undefined } {
  const variable = options[name]?.variable ?? "";
  if (given.options.has(name)) return { source: `--${name}`, value: given.options.get(name) };
  return { source: variable, value: given.environment[variable] || undefined };
}

function choice(name: string, given: Given): string | undefined {
  const { source, value } = givenFor(name, given);
  if (value === undefined) return undefined;
  const values = options[name]?.values ?? {};
  const word = String(value).trim().toLowerCase();
  if (value !== true && Object.hasOwn(values, word)) return values[word];
  const but = value === true ? "has no value" : `cannot be "${value}"`;
  throw usage(`${source} ${but}. Known values: ${[...new Set(Object.values(values))].join(", ")}.`);
}

function brokerChoice(production: boolean, given: Given): BrokerChoice {
  const { source, value } = givenFor("broker", given);
  if (value === undefined) return { kind: "unsaid" };
  const word = String(value).trim();
  const kind = word.toLowerCase();
  if (value !== true && kind === "auto") return { kind };
  if (value !== true && kind === "embedded") {
    const sign = signOfProduction(production, given.environment);
    if (sign === undefined) return { kind };
    throw usage(`${source} cannot be "embedded" here: that broker is for development, and ${sign}.`);
  }
  if (isAmqpUrl(word)) return { kind: "url", url: word };
  // Never shows what may be a URL: it may hold a password.
  const but = value === true ? "has no value" : word.includes("/") ? "is not an AMQP URL" : `cannot be "${word}"`;
  throw usage(`${source} ${but}. Known values: auto, embedded, amqp://username:password@host:port/vhost.`);
}

/** For commands that speak to a broker that runs already; the variable may say something that is for `run` alone. */
function brokerUrl(given: Given): string | undefined {
  const { source, value } = givenFor("broker", given);
  const word = String(value ?? "").trim();
  if (isAmqpUrl(word)) return word;
  if (source !== "--broker") return undefined;
  throw usage("--broker is not an AMQP URL here.", "--broker amqp://username:password@host:port/vhost");
}

function isAmqpUrl(word: string): boolean {
  return /^amqps?:\/\/[^/?#]/.test(word) && URL.canParse(word) && new URL(word).hostname !== "";
}

/** The variable is read with the services. */
function operationsPort(given: Given): number | undefined {
  const value = given.options.get("operations-port");
  return value === undefined ? undefined : portNumber("--operations-port", value, 0);
}

function port(given: Given, least: number): number {
  const { source, value } = givenFor("port", given);
  return value === undefined ? defaultBrokerPort : portNumber(source, value, least);
}

function portNumber(source: string, value: string | true, least: number): number {
  const number = value !== true && /^\s*\d{1,5}\s*$/.test(value) ? Number(value) : -1;
  if (number >= least && number <= 65_535) return number;
  const but = value === true ? "has no value" : `cannot be "${value}"`;
  throw usage(`${source} ${but}: a port is a whole number, ${least} to 65535.`);
}

/** Off as Python counts it: 0, no, none, false, or nothing at all. A word that says neither is refused: it would decide the broker. */
function isOn({ source, value }: { readonly source: string; readonly value: string | true | undefined }): boolean {
  const word = String(value ?? "")
    .trim()
    .toLowerCase();
  if (["", "0", "no", "none", "false", "off"].includes(word)) return false;
  if (["1", "yes", "true", "on"].includes(word)) return true;
  throw usage(`${source} cannot be "${word}". Known values: true, 1, yes, on; false, 0, no, none, off.`);
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

function usage(problem: string, example?: string, meant?: string): UsageError {
  const cure = meant ? ` Did you mean \`${meant}\`?` : example ? ` Try \`${example}\`.` : "";
  return new UsageError(`${problem}${cure} See \`tomodachi --help\`.`);
}
