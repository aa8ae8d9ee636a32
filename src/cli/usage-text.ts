/** What `--help` prints. */
import { definedCommands } from "./defined-commands.ts";
import { dlqBroker, dlqOptions, dlqUsageEnd, dlqUsageOpening } from "./options/dlq-options.ts";
import type { CommandName, DefinedCommandName, Option } from "./options/option.ts";
import { options } from "./options/option-table.ts";
import { scheduleOptions, scheduleUsageEnd, scheduleUsageOpening } from "./options/schedule-options.ts";
import {
  topologyConnection,
  topologyOptions,
  topologyUsageEnd,
  topologyUsageOpening,
} from "./options/topology-options.ts";

/** What `--log-level` is for `dlq`: results are what it is for, so it logs little. */
const dlqLogLevel: Option = {
  type: "string",
  short: "l",
  variable: "TOMODACHI_LOG_LEVEL",
  placeholder: "level",
  help: "As for run (default: error)",
};

/** The text of `--help`. */
export function usageText(): string {
  const forCommand = (command: CommandName | undefined): readonly string[] =>
    Object.entries(options).flatMap(([name, option]) => (option.of?.[0] === command ? rowsOf(name, option) : []));
  return [
    "Usage: tomodachi run <file or folder>... [options]",
    "       tomodachi broker [options]",
    "       tomodachi new <name> [options]",
    "       tomodachi publish <routing key> [data | @file | -] [options]",
    "       tomodachi tail <pattern> [options]",
    "       tomodachi config <file or folder>... [options]",
    "       tomodachi describe <file or folder>... [options]",
    "       tomodachi doctor [file or folder]... [options]",
    "       tomodachi trace <routing key> <file or folder>... [options]",
    "       tomodachi console <file or folder>... [options]",
    "       tomodachi record <file or folder>... [options]",
    "       tomodachi dlq <list|show|replay|move|purge|export|import> ... [options]",
    "       tomodachi topology <file or folder>... [options]",
    "       tomodachi schedule <list|trigger> ... [options]",
    "       tomodachi migrate from-python <file or folder>... [options]",
    "       tomodachi completion <bash|zsh|fish>",
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
    "new writes a new project: `tomodachi new --help` says how.",
    "",
    "publish sends messages by hand, and tail shows the messages that pass: `tomodachi",
    "publish --help` and `tomodachi tail --help` say how.",
    "",
    "config prints the options of services, and where each value comes from: `tomodachi",
    "config --help` says how.",
    "",
    "describe prints what services have: handlers, queues, retries, routes, schedules. doctor",
    "says whether they would start on their broker, and what prevents it. trace says where a",
    "message goes, and why it does not arrive. Each has a --help of its own.",
    "",
    "console opens a page that shows queues and dead letters on any broker: `tomodachi",
    "console --help` says how.",
    "",
    "record writes messages as a file of tests: `tomodachi record --help` says how.",
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
