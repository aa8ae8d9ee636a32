/** What `tomodachi dlq` has to do, from the words after it. */

import type { EntryFilter } from "../../dead-letters/index.ts";
import type { LogLevel } from "../../log/logger.ts";
import { closest } from "../../util/closest.ts";
import { UsageError } from "../common/errors.ts";
import { type DlqActionName, dlqActions, takesOption } from "../options/dlq-actions.ts";

/** How an action changes messages. */
export interface DlqChange {
  /** The target of `move`. */
  readonly to: string | undefined;
  readonly perSecond: number | undefined;
  readonly dryRun: boolean;
  /** true: the command does not ask before it deletes. */
  readonly yes: boolean;
  /** Whether each message is opened in the user's editor before it is replayed. */
  readonly edit: boolean;
  /** The output file of `export`; undefined for standard output. */
  readonly output: string | undefined;
  /** The file that `import` reads; "-" for standard input. */
  readonly file: string | undefined;
}

export interface DlqSettings {
  readonly action: DlqActionName;
  /** Service files and folders, as they were typed. They say which queues exist, and where the broker is. */
  readonly paths: readonly string[];
  /** With services, patterns that select their queues; without services, names of queues. */
  readonly queues: readonly string[];
  readonly filter: EntryFilter;
  readonly limit: number | undefined;
  readonly change: DlqChange;
  readonly json: boolean;
  /** The URL of the broker, from `--broker`. */
  readonly url: string | undefined;
  /** The connection of the services in `--connection`; undefined for all connections. */
  readonly connection: string | undefined;
  readonly logLevel: LogLevel;
}

/** The typed words and options. */
export interface DlqWords {
  readonly positionals: readonly string[];
  /** The services in `--service`. */
  readonly services: readonly string[];
  readonly options: ReadonlyMap<string, string | true>;
  /** All values of options that were given more than once. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly url: string | undefined;
  readonly logLevel: LogLevel;
}

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** First the reasons of this package, then those of brokers. */
const reasons: readonly string[] = [
  "handler-error",
  "timeout",
  "rejected",
  "unreadable",
  "schema",
  "delivery-limit",
  "delivery_limit",
  "expired",
  "maxlen",
];
/** How many messages `show` shows by default. */
const shownByDefault = 10;

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function dlqSettings({ positionals, services, options, lists, url, logLevel }: DlqWords): DlqSettings {
  const [word, ...rest] = positionals;
  const action = actionOf(word);
  for (const name of options.keys()) refuseForOthers(name, action);
  for (const name of ["queue", "id"]) text(name, options);
  const queues = lists.get("queue") ?? [];
  const file = action === "import" ? fileOf(rest) : undefined;
  const paths = action === "import" ? [] : [...rest, ...services];
  if (action !== "import" && paths.length === 0 && queues.length === 0) {
    throw usage(
      `\`tomodachi dlq ${action}\` needs to know which queues: AMQP cannot list them, so name service files or a queue.`,
      `tomodachi dlq ${action} service/\` or \`tomodachi dlq ${action} --queue orders-paid.dlq`,
    );
  }
  const pattern = queues.find((name) => /[*?]/.test(name));
  if (paths.length === 0 && pattern !== undefined) {
    throw usage(
      `--queue "${pattern}" is a pattern, but AMQP cannot list queues: also name the service whose queues it selects from.`,
      `tomodachi dlq ${action} service/ --queue "${pattern}"`,
    );
  }
  const to = text("to", options);
  if (action === "move" && to === undefined) {
    throw usage("`tomodachi dlq move` needs --to <queue>.", `tomodachi dlq move service/ --to other-queue`);
  }
  const limit = wholeNumber("limit", options) ?? (action === "show" && !lists.has("id") ? shownByDefault : undefined);
  const filter: EntryFilter = {
    ids: lists.get("id"),
    error: text("error", options),
    reason: reasonOf(options),
    queue: text("from", options),
    olderThanMs: duration("older-than", options),
    newerThanMs: duration("newer-than", options),
  };
  const perSecond = rate(options);
  const connection = connectionOf(options, paths);
  const [dryRun, edit] = [options.has("dry-run"), options.has("edit")];
  if (dryRun && edit) throw usage("--edit and --dry-run cannot be used together: a dry run replays nothing.");
  const output = text("output", options);
  const change = { to, perSecond, dryRun, yes: options.has("yes"), edit, output, file };
  return { action, paths, queues, filter, limit, change, json: options.has("json"), url, connection, logLevel };
}

/** A misspelled reason would select nothing, so it is refused. Other frameworks may use other reasons. */
function reasonOf(options: DlqWords["options"]): string | undefined {
  const reason = text("reason", options);
  if (reason === undefined || /[*?]/.test(reason) || reasons.includes(reason)) return reason;
  const meant = closest(reason, reasons);
  if (meant === undefined || meant.toLowerCase() === reason.toLowerCase()) return reason;
  throw usage(`--reason "${reason}" is no reason for a dead letter. Did you mean \`--reason ${meant}\`?`);
}

function fileOf(words: readonly string[]): string {
  const [file, other] = words;
  if (file !== undefined && other === undefined) return file;
  const problem = file === undefined ? "needs a file" : `takes one file, and "${other}" was given as well`;
  throw usage(`\`tomodachi dlq import\` ${problem}; - is standard input.`, "tomodachi dlq import dead-letters.ndjson");
}

function actionOf(word: string | undefined): DlqActionName {
  const action = dlqActions.find((name) => name === word);
  if (action) return action;
  const known = `Known: ${dlqActions.join(", ")}.`;
  if (word === undefined) throw usage(`\`tomodachi dlq\` needs an action. ${known}`);
  const meant = closest(word, dlqActions);
  throw usage(
    `\`tomodachi dlq\` has no action "${word}". ${meant ? `Did you mean \`tomodachi dlq ${meant}\`?` : known}`,
  );
}

function refuseForOthers(name: string, action: DlqActionName): void {
  if (takesOption(action, name)) return;
  const owners = dlqActions.filter((other) => takesOption(other, name));
  throw usage(`--${name} is not an option of \`tomodachi dlq ${action}\` but of ${owners.join(", ")}.`);
}

function text(name: string, options: DlqWords["options"]): string | undefined {
  const value = options.get(name);
  if (value === true || value === "") throw usage(`--${name} has no value.`);
  return value;
}

/** A URL on the command line is that of the default connection. The addresses of other connections are in the services. */
function connectionOf(options: DlqWords["options"], paths: readonly string[]): string | undefined {
  const connection = text("connection", options);
  if (connection !== undefined && paths.length === 0) {
    throw usage(
      "--connection names a connection of a service, so it needs service files.",
      "tomodachi dlq list service/",
    );
  }
  if (!options.has("broker")) return connection;
  if (connection === undefined || connection === "default") return paths.length === 0 ? undefined : "default";
  throw usage(
    `--broker is for the default connection; the services set the broker of "${connection}" in options.amqp.connections.`,
  );
}

/** Converts "90s", "5m", "2h" or "1d" to milliseconds. */
function duration(name: string, options: DlqWords["options"]): number | undefined {
  const value = text(name, options);
  if (value === undefined) return undefined;
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(value.trim().toLowerCase()) ?? [];
  const unitMs = unitsMs[unit ?? ""];
  if (number !== undefined && unitMs !== undefined) return Number(number) * unitMs;
  throw usage(
    `--${name} cannot be "${value}": a duration is a number with s, m, h, d or w, such as 2h.`,
    `--${name} 2h`,
  );
}

function wholeNumber(name: string, options: DlqWords["options"]): number | undefined {
  const value = text(name, options);
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim()) && Number(value) > 0) return Number(value);
  throw usage(`--${name} cannot be "${value}": the value must be a whole number, 1 or more.`);
}

/** Reads "50" or "50/s". */
function rate(options: DlqWords["options"]): number | undefined {
  const value = text("rate", options);
  if (value === undefined) return undefined;
  const [, number] = /^(\d{1,6}(?:\.\d{1,6})?)(?:\/s)?$/.exec(value.trim()) ?? [];
  if (number !== undefined && Number(number) > 0) return Number(number);
  throw usage(`--rate cannot be "${value}": the value must be a number of messages per second.`, "--rate 50/s");
}

function usage(problem: string, example?: string): UsageError {
  return new UsageError(`${problem}${example ? ` Try \`${example}\`.` : ""}`);
}
