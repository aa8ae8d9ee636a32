/** The words and variables of `tomodachi run` and `tomodachi broker`, and the settings that follow from them. */
import type { LogForm, LogLevel } from "../../log/logger.ts";
import { closest } from "../../util/closest.ts";
import { UsageError } from "../common/errors.ts";
import {
  type BrokerChoice,
  defaultBrokerPort,
  type Environment,
  signOfProduction,
} from "../common/run-surroundings.ts";
import { options } from "../options/option-table.ts";
import type { ConsoleSettings } from "../options/page-settings.ts";
import type { WatchSettings } from "../options/watch-settings.ts";

interface LogSettings {
  readonly logLevel: LogLevel;
  readonly logForm: LogForm;
}

/** What `tomodachi run` has to do. */
export interface RunSettings extends LogSettings {
  /** Files and folders, as they were typed; at least one. */
  readonly paths: readonly string[];
  readonly production: boolean;
  readonly broker: BrokerChoice;
  /** The port on 127.0.0.1 where the embedded broker is looked for and started. */
  readonly brokerPort: number;
  /** Undefined for the port in the services and the environment. */
  readonly operationsPort: number | undefined;
  /** The signal that pauses all handlers, and resumes them. */
  readonly pauseSignal: "SIGUSR2" | undefined;
  /** Undefined: on if an OpenTelemetry SDK is registered. */
  readonly telemetry: "on" | "off" | undefined;
  readonly development: DevelopmentSettings;
}

/** What a run has only in development. */
export interface DevelopmentSettings {
  readonly page: ConsoleSettings;
  readonly watch: WatchSettings;
}

/** What `tomodachi broker` has to do. */
export interface BrokerSettings extends LogSettings {
  /** The port; 0 is any free port. */
  readonly port: number;
  readonly host: string;
}

/** The arguments and the environment variables. */
export interface Given {
  readonly options: ReadonlyMap<string, string | true>;
  /** All values of options that were given more than once. */
  readonly lists?: ReadonlyMap<string, readonly string[]>;
  readonly environment: Environment;
}

export function runSettings(paths: readonly string[], given: Given): RunSettings {
  const production = isOn(givenFor("production", given));
  const form = production ? "json" : "console";
  const broker = brokerChoice(production, given);
  const pauseSignal = choice("pause-signal", given) as RunSettings["pauseSignal"];
  const telemetry = choice("telemetry", given) as RunSettings["telemetry"];
  const ports = { brokerPort: port(given, 1), operationsPort: operationsPort(given) };
  const development = { page: consoleSettings(production, given), watch: watchSettings(production, given) };
  return { paths, production, broker, ...ports, pauseSignal, telemetry, development, ...logSettings(given, form) };
}

/** The console shows messages to every client that has its address, so it never opens in production. */
function consoleSettings(production: boolean, given: Given): ConsoleSettings {
  const { options: typed } = given;
  if (typed.has("console") && typed.has("no-console")) throw usage("--console and --no-console were given together.");
  const isTyped = typed.has("console") || typed.has("console-port");
  const sign = signOfProduction(production, given.environment);
  if (isTyped && sign !== undefined) throw usage(`--console cannot be used here: it is for development, and ${sign}.`);
  const [switched, port] = [givenFor("console", given), givenFor("console-port", given)];
  const said = switched.value === undefined ? undefined : isOn(switched);
  return {
    asked: typed.has("no-console") ? false : isTyped ? true : said,
    port: port.value === undefined ? undefined : portNumber(port.source, port.value, 0),
    redact: redactFile(given),
  };
}

function redactFile({ options: typed }: Given): string | undefined {
  const value = typed.get("redact");
  if (value === true || value === "") throw usage("--redact has no value.", "--redact ./redact.ts");
  return value;
}

export function brokerSettings(paths: readonly string[], given: Given): BrokerSettings {
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

export function choice(name: string, given: Given): string | undefined {
  const { source, value } = givenFor(name, given);
  if (value === undefined) return undefined;
  const values = options[name]?.values ?? {};
  const word = String(value).trim().toLowerCase();
  if (value !== true && Object.hasOwn(values, word)) return values[word];
  const but = value === true ? "has no value" : `cannot be "${value}"`;
  const known = [...new Set(Object.values(values))];
  const near = value === true || known.length === 1 ? undefined : closest(word, Object.keys(values));
  const meant = near === undefined ? "" : ` Did you mean "${values[near]}"?`;
  throw usage(`${source} ${but}.${meant} Known values: ${known.join(", ")}.`);
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
  // Never shows a value that may be a URL, because it may contain a password.
  const but = value === true ? "has no value" : word.includes("/") ? "is not an AMQP URL" : `cannot be "${word}"`;
  throw usage(`${source} ${but}. Known values: auto, embedded, amqp://username:password@host:port/vhost.`);
}

/** For commands that talk to a running broker. The variable may contain a word that only `run` understands. */
export function brokerUrl(given: Given): string | undefined {
  const { source, value } = givenFor("broker", given);
  const word = String(value ?? "").trim();
  if (isAmqpUrl(word)) return word;
  if (source !== "--broker") return undefined;
  if (["auto", "embedded"].includes(word.toLowerCase())) {
    throw usage(
      `--broker ${word} is for \`tomodachi run\`. Other commands ask a broker that runs: leave --broker out for the one on this machine, or name its URL.`,
    );
  }
  throw usage("--broker is not an AMQP URL.", "--broker amqp://username:password@host:port/vhost");
}

function isAmqpUrl(word: string): boolean {
  return /^amqps?:\/\/[^/?#]/.test(word) && URL.canParse(word) && new URL(word).hostname !== "";
}

/** The variable is read together with the services. */
function operationsPort(given: Given): number | undefined {
  const value = given.options.get("operations-port");
  return value === undefined ? undefined : portNumber("--operations-port", value, 0);
}

function port(given: Given, least: number): number {
  const { source, value } = givenFor("port", given);
  return value === undefined ? defaultBrokerPort : portNumber(source, value, least);
}

export function portNumber(source: string, value: string | true, least: number): number {
  const number = value !== true && /^\s*\d{1,5}\s*$/.test(value) ? Number(value) : -1;
  if (number >= least && number <= 65_535) return number;
  const but = value === true ? "has no value" : `cannot be "${value}"`;
  throw usage(`${source} ${but}: a port must be a whole number, ${least} to 65535.`);
}

/**
 * Which words mean "off", as in Python: 0, no, none, false, or an empty value. A word that means neither is refused, because it would
 * decide which broker is used.
 */
function isOn({ source, value }: { readonly source: string; readonly value: string | true | undefined }): boolean {
  const word = String(value ?? "")
    .trim()
    .toLowerCase();
  if (["", "0", "no", "none", "false", "off"].includes(word)) return false;
  if (["1", "yes", "true", "on"].includes(word)) return true;
  throw usage(`${source} cannot be "${word}". Known values: true, 1, yes, on; false, 0, no, none, off.`);
}

function watchSettings(production: boolean, { options: typed, lists, environment }: Given): WatchSettings {
  for (const name of ["watch-ignore", "watch-ending"]) {
    const value = typed.get(name);
    if (value === true || value === "") throw usage(`--${name} has no value.`);
  }
  const sign = signOfProduction(production, environment);
  if (typed.has("watch") && typed.has("no-watch")) throw usage("--watch and --no-watch were given together.");
  if (typed.has("watch") && sign !== undefined) throw usage(`--watch is for development, and ${sign}.`);
  const asked = typed.has("watch") ? true : typed.has("no-watch") ? false : undefined;
  return { asked, ignored: lists?.get("watch-ignore") ?? [], endings: lists?.get("watch-ending") ?? [] };
}

/** The error of a wrong command line. It ends with what was probably meant, or with an example. */
export function usage(problem: string, example?: string, meant?: string): UsageError {
  const cure = meant ? ` Did you mean \`${meant}\`?` : example ? ` Try \`${example}\`.` : "";
  return new UsageError(`${problem}${cure}`);
}
