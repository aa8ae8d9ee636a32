/** Every option of the command line as data: its commands, its variable, its values, its line in the help. */
import { defaultBrokerPort } from "../common/run-surroundings.ts";
import { describeOptions } from "./describe-options.ts";
import { dlqOptions } from "./dlq-options.ts";
import { doctorOptions } from "./doctor-options.ts";
import { messageOptions } from "./message-options.ts";
import { newOptions } from "./new-options.ts";
import type { CommandName, Option } from "./option.ts";
import { pageOptions } from "./page-settings.ts";
import { recordOptions } from "./record-options.ts";
import { topologyOptions } from "./topology-options.ts";
import { traceOptions } from "./trace-options.ts";
import { watchOptions } from "./watch-settings.ts";

const levels = { trace: "trace", debug: "debug", info: "info", warn: "warn", error: "error", fatal: "fatal" };

export const options: Readonly<Record<string, Option>> = {
  production: {
    type: "boolean",
    of: ["run", "config"],
    variable: "TOMODACHI_PRODUCTION",
    help: "No banner, JSON log lines, compiled files before their\nsources, and never the embedded broker",
  },
  broker: {
    type: "string",
    of: ["run", "dlq", "migrate", "schedule", "publish", "tail", "config", "doctor", "trace", "console", "record"],
    variable: "TOMODACHI_BROKER",
    placeholder: "broker",
    help: [
      "auto: the embedded broker, in development, if no broker",
      "is configured and none listens (default on a terminal);",
      "embedded: always the embedded broker; or a URL,",
      "amqp://username:password@host:port/vhost",
    ].join("\n"),
  },
  // An older name, which the help does not show.
  url: { type: "string", aliasOf: "broker" },
  "operations-port": {
    type: "string",
    of: ["run", "config"],
    variable: "TOMODACHI_OPERATIONS_PORT",
    placeholder: "number",
    help: "Answer /live, /ready, /health and /metrics there\n(default: nowhere; 0: any free port)",
  },
  "pause-signal": {
    type: "string",
    of: ["run", "config"],
    variable: "TOMODACHI_PAUSE_SIGNAL",
    placeholder: "signal",
    values: { sigusr2: "SIGUSR2" },
    help: "SIGUSR2: the signal that pauses all handlers, and, sent\nagain, resumes them (default: none)",
  },
  ...pageOptions,
  "allow-changes": {
    type: "boolean",
    of: ["console"],
    help: "The page may replay and delete dead letters, and\npublish (default: it only reads)",
  },
  telemetry: {
    type: "string",
    of: ["run", "config"],
    variable: "TOMODACHI_TELEMETRY",
    placeholder: "on|off",
    values: { on: "on", off: "off", true: "on", false: "off", yes: "on", no: "off", 1: "on", 0: "off" },
    help: "off: no spans of OpenTelemetry; on: the start fails where\nno SDK is registered (default: on where one is)",
  },
  ...watchOptions,
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
  ...describeOptions,
  ...doctorOptions,
  ...traceOptions,
  ...newOptions,
  ...recordOptions,
  changed: { type: "boolean", of: ["config"], help: "Leave out defaults" },
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
    // The last two are the names of these levels in Python's logging.
    values: { ...levels, warning: "warn", critical: "fatal" },
    help: `${Object.keys(levels).join(", ")} (default: info;\nall commands but run and broker: error)`,
  },
  logger: {
    type: "string",
    of: ["run", "broker", "config"],
    variable: "TOMODACHI_LOGGER",
    placeholder: "form",
    values: { console: "console", json: "json", disabled: "disabled" },
    help: "console, json, disabled (default: console; json with\n--production)",
  },
  help: { type: "boolean", short: "h", help: "Show this text" },
  version: { type: "boolean", short: "v", help: "Show the version" },
  Version: { type: "boolean", short: "V" },
};

/** The options that name this command. Options of all commands are not included. */
export function optionsOf(command: CommandName): Readonly<Record<string, Option>> {
  return Object.fromEntries(Object.entries(options).filter(([, { of }]) => of?.includes(command)));
}
