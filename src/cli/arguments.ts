/** The command line: words and environment variables become a command. */
import { existsSync } from "node:fs";
import { closest } from "../util/closest.ts";
import { type Command, commandFrom } from "./command.ts";
import { UsageError } from "./common/errors.ts";
import type { Environment } from "./common/run-surroundings.ts";
import { helpTopic } from "./options/command-actions.ts";
import type { CommandName } from "./options/option.ts";
import { options } from "./options/option-table.ts";
import { usage } from "./run/run-arguments.ts";
import { namedServices, refuseRepeated, refuseValuesOfFlags, type TypedWords, typedWords } from "./typed-words.ts";

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

/** @throws UsageError for a word or a variable without a meaning; it suggests what was probably meant */
export function parseArguments(words: readonly string[], environment: Environment): Command {
  const given = typedWords(words);
  const [word, action] = given.positionals;
  const command = commandOf(word);
  try {
    return commandOrHelp(words, given, environment);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw error.of(command === undefined ? "" : helpTopic(command, action));
  }
}

function commandOrHelp(words: readonly string[], given: TypedWords, environment: Environment): Command {
  const { positionals, typed, lists, unknown } = given;
  if (words.length === 0 || typed.has("help")) return helpFor(positionals);
  if (positionals[0] === "help") return helpFor(positionals.slice(1));
  if (typed.has("version") || typed.has("Version")) return { kind: "version" };
  if (unknown.length > 0) throw unknownOptions(unknown, positionals[0]);
  refuseValuesOfFlags(given);
  const [word, ...others] = positionals;
  if (word === undefined) throw usage("There is no command.", "tomodachi run <service>");
  const command = commandOf(word);
  if (command === undefined) throw unknownCommand(word);
  refuseOptionsOfOthers(command, typed);
  refuseRepeated(given);
  const services = namedServices(given);
  return commandFrom(command, { positionals: others, services, options: typed, lists, environment });
}

/** @throws UsageError for a word that is not a command, as without `--help` */
function helpFor([word, action]: readonly string[]): Command {
  if (word === undefined || word === "help") return { kind: "help" };
  const of = commandOf(word);
  if (of === undefined) throw unknownCommand(word);
  return helpTopic(of, action) === of || action === undefined ? { kind: "help", of } : { kind: "help", of, action };
}

function commandOf(word: string | undefined): CommandName | undefined {
  return word !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined;
}

function refuseOptionsOfOthers(command: CommandName, typed: ReadonlyMap<string, string | true>): void {
  for (const name of typed.keys()) {
    const { of: [owner = command, ...others] = [], alsoOf = [] } = options[name] ?? {};
    if (owner !== command && ![...others, ...alsoOf].includes(command))
      throw usage(`--${name} is not an option of \`tomodachi ${command}\` but of \`tomodachi ${owner}\`.`);
  }
}

/** Reports all of them, because a command with one typing mistake may have two. */
function unknownOptions(rawNames: readonly string[], command: string | undefined): UsageError {
  const own = commandOf(command);
  const known = Object.entries(options).flatMap(([name, { of, alsoOf }]) =>
    name !== "Version" && (own === undefined || of === undefined || [...of, ...(alsoOf ?? [])].includes(own))
      ? name
      : [],
  );
  const told = rawNames.map((rawName) => {
    const meant = rawName.startsWith("--") ? closest(rawName.slice(2), known) : undefined;
    const shown = meant && (options[meant]?.aliasOf ?? meant);
    return `There is no option "${rawName}".${shown ? ` Did you mean \`--${shown}\`?` : ""}`;
  });
  return new UsageError([...new Set(told)].join("\n"));
}

function unknownCommand(word: string): UsageError {
  const isPath = /[\\/]|\.[cm]?[jt]s$/.test(word) || existsSync(word);
  if (isPath) return usage(`"${word}" is not a command.`, undefined, `tomodachi run ${word}`);
  const meant = closest(word, Object.keys(commands));
  return usage(`There is no command "${word}".`, undefined, meant && `tomodachi ${commands[meant]}`);
}
