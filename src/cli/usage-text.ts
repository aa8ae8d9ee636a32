/** The text of `--help`: all commands, or one of them with its options and examples. */

import { definedCommands } from "./defined-commands.ts";
import { migrateHelp } from "./migrate/migrate-help.ts";
import { brokerToAsk } from "./options/broker-option.ts";
import type { CommandHelp } from "./options/command-help.ts";
import { commandGroups } from "./options/command-summaries.ts";
import { dlqActionHelp, dlqHelp } from "./options/dlq-help.ts";
import type { CommandName, Option } from "./options/option.ts";
import { options } from "./options/option-table.ts";
import { scheduleOptions, scheduleUsageEnd, scheduleUsageOpening } from "./options/schedule-options.ts";
import {
  topologyConnection,
  topologyOptions,
  topologyUsageEnd,
  topologyUsageOpening,
} from "./options/topology-options.ts";
import { brokerHelp } from "./run/broker-help.ts";
import { runHelp } from "./run/run-help.ts";

const helpOf: Readonly<Record<CommandName, CommandHelp>> = {
  ...definedCommands,
  run: runHelp,
  broker: brokerHelp,
  migrate: migrateHelp,
  dlq: dlqHelp,
  topology: {
    options: {
      ...topologyOptions,
      json: { type: "boolean", help: "The same as --format json" },
      connection: topologyConnection,
    },
    usageOpening: topologyUsageOpening,
    usageEnd: topologyUsageEnd,
  },
  schedule: {
    options: { ...scheduleOptions, broker: brokerToAsk },
    usageOpening: scheduleUsageOpening,
    usageEnd: scheduleUsageEnd,
  },
};

/** Commands that run something log what happens. The others are used for their output. */
const logging: readonly CommandName[] = ["run", "broker"];

/** The text of `tomodachi --help`. */
export function usageText(): string {
  return [
    "Usage: tomodachi <command> [options]",
    "",
    ...commandGroups.flatMap(({ title, commands }) => [
      `${title}:`,
      ...commands.map(([name, summary]) => `  ${name.padEnd(12)} ${summary}`),
      "",
    ]),
    "Options of all commands:",
    ...["log-level", "help", "version"].flatMap((name) => rowsOf(name, options[name])),
    "",
    "Examples:",
    "  tomodachi new orders             a project that runs and passes its test at once",
    "  tomodachi run service/           its services; a broker comes with them in development",
    "  tomodachi doctor service/        why they do not start",
    "",
    "`tomodachi <command> --help` lists the options of a command, with examples.",
  ].join("\n");
}

/** The text of `tomodachi <command> --help`, or of one action of the command. */
export function commandUsageText(name: CommandName, action?: string): string {
  const help = helpTextOf(name, action);
  const rows = Object.entries(withLogOptions(name, help)).flatMap(([option, said]) => rowsOf(option, said));
  return [...help.usageOpening, "", "Options:", ...rows, "", ...help.usageEnd].join("\n");
}

function helpTextOf(name: CommandName, action: string | undefined): CommandHelp {
  return (name === "dlq" && action !== undefined && dlqActionHelp(action)) || helpOf[name];
}

/** The options in the help of a command. */
export function helpOptions(name: CommandName): Readonly<Record<string, Option>> {
  return withLogOptions(name, helpOf[name]);
}

function withLogOptions(name: CommandName, { options: own }: CommandHelp): Readonly<Record<string, Option>> {
  const { "log-level": level, logger } = options;
  if (!level || !logger) return own;
  const form = name === "broker" ? { ...logger, help: "console (default), json, disabled" } : logger;
  if (logging.includes(name)) return { ...own, "log-level": { ...level, help: levelHelp("info") }, logger: form };
  return { ...own, "log-level": { ...level, help: levelHelp("error") } };
}

function levelHelp(preset: string): string {
  return `trace, debug, info, warn, error, fatal (default: ${preset})`;
}

function rowsOf(name: string, option: Option | undefined): readonly string[] {
  if (option?.help === undefined) return [];
  const { short, type, placeholder = "value", variable, help } = option;
  const flag = `${short ? `-${short}, ` : "    "}--${name}${type === "string" ? ` <${placeholder}>` : ""}`;
  const [first = "", ...more] = [...help.split("\n"), ...(variable ? [`[${variable}]`] : [])];
  return [`  ${flag.padEnd(25)} ${first}`, ...more.map((line) => " ".repeat(28) + line)];
}
