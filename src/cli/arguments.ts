/** The command line: one table of options, each with its environment variable, and what they come to. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { LogForm, LogLevel } from "../log/logger.ts";
import { closest } from "../util/closest.ts";
import { UsageError } from "./errors.ts";

/** What `tomodachi run` was asked to do. */
export interface RunSettings {
  /** Files and folders as they were typed; at least one. */
  readonly paths: readonly string[];
  readonly production: boolean;
  readonly logLevel: LogLevel;
  readonly logForm: LogForm;
}

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly settings: RunSettings };

type Environment = Readonly<Record<string, string | undefined>>;

interface Option {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** The environment variable that stands in for the option; the option wins. */
  readonly variable?: string;
  /** What may be given, each with what it means. */
  readonly values?: Readonly<Record<string, string>>;
  /** For the usage text; an option without it is accepted and not mentioned. */
  readonly help?: string;
}

const levels = { trace: "trace", debug: "debug", info: "info", warn: "warn", error: "error", fatal: "fatal" };

const options: Readonly<Record<string, Option>> = {
  production: {
    type: "boolean",
    variable: "TOMODACHI_PRODUCTION",
    help: "No banner, JSON log lines, and compiled files before their sources",
  },
  "log-level": {
    type: "string",
    short: "l",
    variable: "TOMODACHI_LOG_LEVEL",
    // The last two are the names that Python's logging has for them.
    values: { ...levels, warning: "warn", critical: "fatal" },
    help: `${Object.keys(levels).join(", ")} (default: info)`,
  },
  logger: {
    type: "string",
    variable: "TOMODACHI_LOGGER",
    values: { console: "console", json: "json", disabled: "disabled" },
    help: "console, json, disabled (default: console; json with --production)",
  },
  help: { type: "boolean", short: "h", help: "Show this text" },
  version: { type: "boolean", short: "v", help: "Show the version" },
  Version: { type: "boolean", short: "V" },
  "no-watch": { type: "boolean" },
};

const runWords: readonly string[] = ["run", "start", "go"];

/** @throws UsageError when a word or a variable means nothing, with what was probably meant */
export function parseArguments(words: readonly string[], environment: Environment): Command {
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<string, string | true>();
  const positionals: string[] = [];
  const unknown: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(options, token.name)) unknown.push(token.rawName);
    else given.set(token.name, token.value ?? true);
  }
  if (words.length === 0 || given.has("help")) return { kind: "help" };
  if (given.has("version") || given.has("Version")) return { kind: "version" };
  if (unknown[0] !== undefined) throw unknownOption(unknown[0]);
  const [command, ...paths] = positionals;
  if (command === undefined) throw usage("There is no command.", "tomodachi run <service>");
  if (!runWords.includes(command)) throw unknownCommand(command);
  if (paths.length === 0) throw usage(`\`tomodachi ${command}\` needs a file or a folder.`, "tomodachi run service/");
  return { kind: "run", settings: runSettings(paths, given, environment) };
}

/** The text of `--help`. */
export function usageText(): string {
  const rows = Object.entries(options).flatMap(([name, { short, type, variable, help }]) => {
    if (!help) return [];
    const flag = `${short ? `-${short}, ` : "    "}--${name}${type === "string" ? " <value>" : ""}`;
    return [`  ${flag.padEnd(25)} ${help}${variable ? `\n${" ".repeat(28)}[${variable}]` : ""}`];
  });
  return [
    "Usage: tomodachi run <file or folder>... [options]",
    "",
    "Runs the services that the files export, in one process. A folder stands for its",
    "service, app or index file, or else for its *.service.* files.",
    "",
    "Options:",
    ...rows,
    "",
    "Example: tomodachi run service/",
  ].join("\n");
}

function runSettings(
  paths: readonly string[],
  given: ReadonlyMap<string, string | true>,
  environment: Environment,
): RunSettings {
  const production = isOn(givenFor("production", given, environment).value);
  return {
    paths,
    production,
    logLevel: (choice("log-level", given, environment) ?? "info") as LogLevel,
    logForm: (choice("logger", given, environment) ?? (production ? "json" : "console")) as LogForm,
  };
}

function givenFor(
  name: string,
  given: ReadonlyMap<string, string | true>,
  environment: Environment,
): { readonly source: string; readonly value: string | true | undefined } {
  const variable = options[name]?.variable ?? "";
  if (given.has(name)) return { source: `--${name}`, value: given.get(name) };
  return { source: variable, value: environment[variable] || undefined };
}

function choice(name: string, given: ReadonlyMap<string, string | true>, environment: Environment): string | undefined {
  const { source, value } = givenFor(name, given, environment);
  if (value === undefined) return undefined;
  const values = options[name]?.values ?? {};
  const word = String(value).trim().toLowerCase();
  if (value !== true && Object.hasOwn(values, word)) return values[word];
  const but = value === true ? "has no value" : `cannot be "${value}"`;
  throw usage(`${source} ${but}. Known values: ${[...new Set(Object.values(values))].join(", ")}.`);
}

/** Off as Python counts it: 0, no, none, false, or nothing at all. */
function isOn(value: string | true | undefined): boolean {
  return value !== undefined && !["", "0", "no", "none", "false"].includes(String(value).trim().toLowerCase());
}

function unknownOption(rawName: string): UsageError {
  const known = Object.keys(options).filter((name) => options[name]?.help);
  const meant = rawName.startsWith("--") ? closest(rawName.slice(2), known) : undefined;
  return usage(`There is no option "${rawName}".`, undefined, meant && `--${meant}`);
}

function unknownCommand(word: string): UsageError {
  const isPath = /[\\/]|\.[cm]?[jt]s$/.test(word) || existsSync(word);
  if (isPath) return usage(`"${word}" is no command.`, undefined, `tomodachi run ${word}`);
  return usage(`There is no command "${word}".`, undefined, closest(word, runWords) && "tomodachi run");
}

function usage(problem: string, example?: string, meant?: string): UsageError {
  const cure = meant ? ` Did you mean \`${meant}\`?` : example ? ` Try \`${example}\`.` : "";
  return new UsageError(`${problem}${cure} See \`tomodachi --help\`.`);
}
