/** The command line: words and environment variables, and what they come to. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { closest } from "../util/closest.ts";
import { type Command, commandFrom } from "./command.ts";
import { UsageError } from "./common/errors.ts";
import type { Environment } from "./common/run-surroundings.ts";
import type { CommandName } from "./options/option.ts";
import { options } from "./options/option-table.ts";
import { seeHelp, usage } from "./run/run-arguments.ts";

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
  if (positionals[0] === "help") return helpFor(positionals[1]);
  if (typed.has("version") || typed.has("Version")) return { kind: "version" };
  if (unknown.length > 0) throw unknownOptions(unknown, positionals[0]);
  refuseValuesOfFlags(typed);
  const [word, ...paths] = positionals;
  if (word === undefined) throw usage("There is no command.", "tomodachi run <service>");
  const command = commandOf(word);
  if (command === undefined) throw unknownCommand(word);
  try {
    refuseOptionsOfOthers(command, typed);
    refuseRepeated(lists);
    return commandFrom(command, { positionals: paths, options: typed, lists, environment });
  } catch (error) {
    throw withHelpOf(command, error);
  }
}

/** An error that names no help of a command names that of this one: its options are only there. */
function withHelpOf(command: CommandName, error: unknown): unknown {
  if (!(error instanceof UsageError) || !error.message.endsWith(seeHelp)) return error;
  const own = seeHelp.replace("tomodachi", `tomodachi ${command}`);
  return new UsageError(error.message.slice(0, -seeHelp.length) + own, { cause: error });
}

/** @throws UsageError for a word that is no command, as without `--help` */
function helpFor(word: string | undefined): Command {
  if (word === undefined || word === "help") return { kind: "help" };
  const of = commandOf(word);
  if (of === undefined) throw unknownCommand(word);
  return { kind: "help", of };
}

function commandOf(word: string | undefined): CommandName | undefined {
  return word !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined;
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
  const own = commandOf(command);
  const known = Object.entries(options).flatMap(([name, { of }]) =>
    name !== "Version" && (own === undefined || of === undefined || of.includes(own)) ? name : [],
  );
  const told = rawNames.map((rawName) => {
    const meant = rawName.startsWith("--") ? closest(rawName.slice(2), known) : undefined;
    return `There is no option "${rawName}".${meant ? ` Did you mean \`--${meant}\`?` : ""}`;
  });
  const help = own ? `tomodachi ${own} --help` : "tomodachi --help";
  return new UsageError(`${[...new Set(told)].join("\n")} See \`${help}\`.`);
}

function unknownCommand(word: string): UsageError {
  const isPath = /[\\/]|\.[cm]?[jt]s$/.test(word) || existsSync(word);
  if (isPath) return usage(`"${word}" is not a command.`, undefined, `tomodachi run ${word}`);
  const meant = closest(word, Object.keys(commands));
  return usage(`There is no command "${word}".`, undefined, meant && `tomodachi ${commands[meant]}`);
}
