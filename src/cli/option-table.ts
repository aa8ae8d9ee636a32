/** Every option of the command line, as data: which command takes it, its variable, its values, its line of help. */
import { definedCommands } from "./defined-commands.ts";
import { dlqBroker, dlqOptions, dlqUsageEnd, dlqUsageOpening } from "./dlq-options.ts";
import { messageOptions } from "./message-options.ts";
import type { CommandName, DefinedCommandName, Option } from "./option.ts";
import { defaultBrokerPort } from "./run-surroundings.ts";
import { scheduleOptions, scheduleUsageEnd, scheduleUsageOpening } from "./schedule-options.ts";
import { topologyConnection, topologyOptions, topologyUsageEnd, topologyUsageOpening } from "./topology-options.ts";

/** What `--log-level` is for `dlq`: results are what it is for, so it logs little. */
const dlqLogLevel: Option = {
  type: "string",
  short: "l",
  variable: "TOMODACHI_LOG_LEVEL",
  placeholder: "level",
  help: "As for run (default: error)",
};

const levels = { trace: "trace", debug: "debug", info: "info", warn: "warn", error: "error", fatal: "fatal" };

export const options: Readonly<Record<string, Option>> = {
  production: {
    type: "boolean",
    of: ["run"],
    variable: "TOMODACHI_PRODUCTION",
    help: "No banner, JSON log lines, compiled files before their\nsources, and never the embedded broker",
  },
  broker: {
    type: "string",
    of: ["run", "dlq", "migrate", "schedule", "publish", "tail"],
    variable: "TOMODACHI_BROKER",
    placeholder: "broker",
    help: [
      "auto: the embedded broker, in development, if no broker",
      "is configured and none listens (default on a terminal);",
      "embedded: always the embedded broker; or a URL,",
      "amqp://username:password@host:port/vhost",
    ].join("\n"),
  },
  "operations-port": {
    type: "string",
    of: ["run"],
    variable: "TOMODACHI_OPERATIONS_PORT",
    placeholder: "number",
    help: "Answer /live, /ready, /health and /metrics there\n(default: nowhere; 0: any free port)",
  },
  "pause-signal": {
    type: "string",
    of: ["run"],
    variable: "TOMODACHI_PAUSE_SIGNAL",
    placeholder: "signal",
    values: { sigusr2: "SIGUSR2" },
    help: "SIGUSR2: the signal that pauses all handlers, and, sent\nagain, resumes them (default: none)",
  },
  telemetry: {
    type: "string",
    of: ["run"],
    variable: "TOMODACHI_TELEMETRY",
    placeholder: "on|off",
    values: { on: "on", off: "off", true: "on", false: "off", yes: "on", no: "off", 1: "on", 0: "off" },
    help: "off: no spans of OpenTelemetry; on: the start fails where\nno SDK is registered (default: on where one is)",
  },
  port: {
    type: "string",
    of: ["broker"],
    variable: "TOMODACHI_BROKER_PORT",
    placeholder: "number",
    help: `Port of the embedded broker (default: ${defaultBrokerPort}; 0: any free one)`,
  },
  host: { type: "string", of: ["broker"], placeholder: "address", help: "Address it listens on (default: 127.0.0.1)" },
  ...dlqOptions,
  ...topologyOptions,
  ...messageOptions,
  uuid: {
    type: "string",
    once: true,
    of: ["migrate"],
    placeholder: "uuid",
    help: "The uuid that the Python class sets, if it sets one",
  },
  "log-level": {
    type: "string",
    short: "l",
    variable: "TOMODACHI_LOG_LEVEL",
    placeholder: "level",
    // The last two are the names that Python's logging has for them.
    values: { ...levels, warning: "warn", critical: "fatal" },
    help: `${Object.keys(levels).join(", ")} (default: info;\nall commands but run and broker: error)`,
  },
  logger: {
    type: "string",
    variable: "TOMODACHI_LOGGER",
    placeholder: "form",
    values: { console: "console", json: "json", disabled: "disabled" },
    help: "run, broker: console, json, disabled\n(default: console; json with --production)",
  },
  help: { type: "boolean", short: "h", help: "Show this text" },
  version: { type: "boolean", short: "v", help: "Show the version" },
  Version: { type: "boolean", short: "V" },
  "no-watch": { type: "boolean", of: ["run"] },
};

/** The text of `--help`. */
export function usageText(): string {
  const forCommand = (command: CommandName | undefined): readonly string[] =>
    Object.entries(options).flatMap(([name, option]) => (option.of?.[0] === command ? rowsOf(name, option) : []));
  return [
    "Usage: tomodachi run <file or folder>... [options]",
    "       tomodachi broker [options]",
    "       tomodachi publish <routing key> [data | @file | -] [options]",
    "       tomodachi tail <pattern> [options]",
    "       tomodachi dlq <list|show|replay|move|purge> [service]... [options]",
    "       tomodachi topology <file or folder>... [options]",
    "       tomodachi schedule <list|trigger> ... [options]",
    "       tomodachi migrate from-python <file or folder>... [options]",
    "",
    "run starts the services that the files export, in one process. A folder stands for",
    "its service, app or index file, or else for its *.service.* files.",
    "",
    ...forCommand("run"),
    "",
    "broker starts the embedded AMQP broker by itself, for development and tests, and",
    "shows its connections, queues and rates as they change.",
    "",
    ...forCommand("broker"),
    "",
    "publish sends messages by hand, and tail shows the messages that pass: `tomodachi publish",
    "--help` and `tomodachi tail --help` say how.",
    "",
    "dlq works on dead-letter queues: `tomodachi dlq --help` says how.",
    "",
    "topology prints the exchanges, queues and permissions that services need, so that",
    "someone else can declare them: `tomodachi topology --help` says how.",
    "",
    "schedule shows the schedules of services, and starts one now: `tomodachi schedule",
    "--help` says how.",
    "",
    "migrate from-python prints the queues that Python tomodachi made for the services that",
    "the files export, and what to write to take them over. With --broker <url> it also",
    "prints which of them exist, and how many messages they hold.",
    "",
    ...forCommand("migrate"),
    "",
    "Options of all commands:",
    "",
    ...forCommand(undefined),
    "",
    "Example: tomodachi run service/",
  ].join("\n");
}

/** The text of `tomodachi dlq --help`. */
export function dlqUsageText(): string {
  const own = { ...dlqOptions, broker: dlqBroker, "log-level": dlqLogLevel };
  const rows = Object.entries(own).flatMap(([name, option]) => rowsOf(name, option));
  return [...dlqUsageOpening, "", ...rows, "", ...dlqUsageEnd].join("\n");
}

/** The text of `tomodachi topology --help`. */
export function topologyUsageText(): string {
  const own = { ...topologyOptions, connection: topologyConnection };
  const rows = Object.entries(own).flatMap(([name, option]) => rowsOf(name, option));
  return [...topologyUsageOpening, "", ...rows, "", ...topologyUsageEnd].join("\n");
}

/** The text of `--help` of a command that defines itself. */
export function definedUsageText(name: DefinedCommandName): string {
  const { options: own, usageOpening, usageEnd } = definedCommands[name];
  const rows = Object.entries({ ...own, "log-level": dlqLogLevel }).flatMap(([option, said]) => rowsOf(option, said));
  return [...usageOpening, "", ...rows, "", ...usageEnd].join("\n");
}

/** The text of `tomodachi schedule --help`. */
export function scheduleUsageText(): string {
  const own = { ...scheduleOptions, broker: dlqBroker, "log-level": dlqLogLevel };
  const rows = Object.entries(own).flatMap(([name, option]) => rowsOf(name, option));
  return [...scheduleUsageOpening, "", ...rows, "", ...scheduleUsageEnd].join("\n");
}

function rowsOf(name: string, { short, type, placeholder = "value", variable, help }: Option): readonly string[] {
  if (help === undefined) return [];
  const flag = `${short ? `-${short}, ` : "    "}--${name}${type === "string" ? ` <${placeholder}>` : ""}`;
  const [first = "", ...more] = [...help.split("\n"), ...(variable ? [`[${variable}]`] : [])];
  return [`  ${flag.padEnd(25)} ${first}`, ...more.map((line) => " ".repeat(28) + line)];
}
