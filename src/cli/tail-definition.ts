/** `tomodachi tail`: its options, its help, and what its words mean. */
import { type EnvelopeName, envelopeNames } from "../messages/envelope-name.ts";
import { type Condition, filterFields, parseCondition } from "../messages/message-filter.ts";
import { closest } from "../util/closest.ts";
import type { CommandDefinition, CommandWords } from "./command-definition.ts";
import { dlqBroker } from "./dlq-options.ts";
import { messageOptionsOf } from "./message-options.ts";
import { OptionValues } from "./option-values.ts";
import type { Environment } from "./run-surroundings.ts";

/** What `tomodachi tail` was asked to show. */
export interface TailSettings {
  /** Undefined: the patterns of the services' handlers. */
  readonly pattern: string | undefined;
  /** Service files and folders as they were typed. */
  readonly paths: readonly string[];
  readonly exchangeName: string | undefined;
  readonly envelope: EnvelopeName | undefined;
  readonly conditions: readonly Condition[];
  /** Undefined: until it is interrupted. */
  readonly count: number | undefined;
  readonly full: boolean;
  readonly json: boolean;
  readonly connection: string | undefined;
  readonly url: string | undefined;
  readonly environment: Environment;
  readonly logLevel: CommandWords["logLevel"];
}

export const tailDefinition: CommandDefinition = {
  options: {
    ...messageOptionsOf("tail"),
    json: { type: "boolean", help: "A line of JSON for each message" },
    connection: { type: "string", placeholder: "name", help: "This connection of the services (default: default)" },
    broker: dlqBroker,
  },
  usageOpening: [
    "Usage: tomodachi tail <pattern> [options]",
    "       tomodachi tail --service <path> [options]",
    "",
    "Shows the messages that pass an exchange from now on, until it is interrupted. It has a queue",
    "of its own (exclusive, deleted at the end), so no consumer gets one message less. * in the",
    "pattern stands for one word of the routing key, # for any number of words.",
    "",
    "With --service, data is read as the handlers read it, and it is shown which handlers get the",
    "message and whether their schema takes it; without a pattern, the patterns of the handlers are",
    "used. Without a service, the envelope is recognised by the message.",
  ],
  usageEnd: [
    "Exit code: 0; 1 when the broker cannot be reached or refuses; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi tail 'order.#'",
    "  tomodachi tail --service service/",
    "  tomodachi tail '#' --filter data.tenant=acme --filter routingKey~paid",
    "  tomodachi tail '#' --json --count 100 | jq .data",
  ],
  prepare(words) {
    const settings = tailSettings(words);
    return async () => (await import("./tail.ts")).runTail(settings);
  },
};

export function tailSettings(words: CommandWords): TailSettings {
  const { positionals, lists, options, url, environment, logLevel } = words;
  const values = new OptionValues("tail", options);
  const [pattern, ...others] = positionals;
  const paths = lists.get("service") ?? [];
  for (const name of ["service", "filter"]) values.text(name);
  if (others[0] !== undefined) {
    throw values.usage(
      `\`tomodachi tail\` takes one pattern, and "${others[0]}" was given as well. Put a pattern with * into quotes, or the shell replaces it by names of files; name services with --service.`,
    );
  }
  if (pattern === undefined && paths.length === 0) {
    throw values.usage("`tomodachi tail` needs a pattern, or --service.", "'order.#'");
  }
  const connection = values.text("connection");
  if (connection !== undefined && paths.length === 0) {
    throw values.usage("--connection names a connection of a service, so it needs --service.");
  }
  return {
    pattern,
    paths,
    exchangeName: values.text("exchange"),
    envelope: values.oneOf("envelope", envelopeNames),
    conditions: (lists.get("filter") ?? []).map((text) => condition(text, values)),
    count: values.count("count"),
    full: values.has("full"),
    json: values.has("json"),
    connection,
    url,
    environment,
    logLevel,
  };
}

function condition(text: string, values: OptionValues): Condition {
  const parsed = parseCondition(text);
  if (parsed) return parsed;
  const field = /^[^=!~.]*/.exec(text)?.[0]?.trim() ?? "";
  const meant = filterFields.includes(field) ? undefined : closest(field, filterFields);
  const cure = meant
    ? `Did you mean "${meant}"?`
    : `It is a field, then =, != or ~ (contains), then a value. Fields: ${filterFields.join(", ")}.`;
  throw values.usage(`--filter "${text}" is not a condition. ${cure}`, "'#' --filter data.total=5");
}
