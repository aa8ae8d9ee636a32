/** `tomodachi publish`: its options, its help, and what its words mean. */
import { type EnvelopeName, envelopeNames } from "../messages/envelope-name.ts";
import type { MessageProperties } from "../messages/message-sender.ts";
import { closest } from "../util/closest.ts";
import type { CommandDefinition, CommandWords } from "./command-definition.ts";
import { dlqBroker, dlqOptions } from "./dlq-options.ts";
import { messageOptionsOf } from "./message-options.ts";
import { OptionValues } from "./option-values.ts";
import type { Environment } from "./run-surroundings.ts";

/** What `tomodachi publish` was asked to do. */
export interface PublishSettings {
  readonly routingKey: string;
  /** As typed; "-" for standard input, "@path" for a file. */
  readonly data: string;
  readonly lines: boolean;
  /** Service files and folders as they were typed. */
  readonly paths: readonly string[];
  readonly exchangeName: string | undefined;
  readonly envelope: EnvelopeName | undefined;
  readonly properties: MessageProperties;
  readonly count: number;
  readonly perSecond: number | undefined;
  readonly oneByOne: boolean;
  readonly json: boolean;
  readonly connection: string | undefined;
  readonly url: string | undefined;
  readonly environment: Environment;
  readonly logLevel: CommandWords["logLevel"];
}

const propertyNames = ["contentType", "correlationId", "expiration", "messageId", "priority", "replyTo", "type"];

export const publishDefinition: CommandDefinition = {
  options: {
    ...messageOptionsOf("publish"),
    rate: { ...dlqOptions["rate"], type: "string", help: "At most this many messages per second" },
    json: { type: "boolean", help: "A line of JSON in place of the text" },
    connection: { type: "string", placeholder: "name", help: "This connection of the services (default: default)" },
    broker: dlqBroker,
  },
  usageOpening: [
    "Usage: tomodachi publish <routing key> [data | @file | -] [options]",
    "",
    "Publishes a message, and says whether the broker has it and whether it reached a queue.",
    "Data comes from standard input without it or with -, and from a file with @file.",
    "",
    "With --service, the message is built as the handler expects it that gets it: with its",
    "exchange, prefix and envelope, and the data is checked by its schema. Without a service, the",
    "data is sent as it is, unless --envelope names an envelope.",
  ],
  usageEnd: [
    "Exit code: 0 when the broker has every message, and each reached a queue; 1 otherwise; 2 for",
    "wrong usage.",
    "",
    "Examples:",
    "  tomodachi publish example.topic hello",
    "  tomodachi publish order.42.paid '{\"total\": 5}' --service service/",
    "  tomodachi publish order.paid @order.json --envelope json-base --header tenant=acme",
    "  tomodachi publish load.test '{}' --envelope json --count 10000 --rate 500/s",
    "  jq -c '.[]' orders.json | tomodachi publish order.paid --lines --envelope json-base",
  ],
  prepare(words) {
    const settings = publishSettings(words);
    return async () => (await import("./publish.ts")).runPublish(settings);
  },
};

export function publishSettings(words: CommandWords): PublishSettings {
  const { positionals, lists, options, url, environment, logLevel } = words;
  const values = new OptionValues("publish", options);
  const [routingKey, data = "-", ...others] = positionals;
  if (routingKey === undefined) throw values.usage("`tomodachi publish` needs a routing key.", "order.paid '{}'");
  if (others[0] !== undefined) {
    throw values.usage(
      `\`tomodachi publish\` takes a routing key and data, and "${others[0]}" was given as well. Put data with spaces into quotes, and name services with --service.`,
    );
  }
  for (const name of ["service", "header", "property"]) values.text(name);
  const envelope = values.oneOf("envelope", envelopeNames);
  const oneByOne = values.oneOf("confirm", ["each", "window"]) === "each";
  const [exchangeName, connection] = [values.text("exchange"), values.text("connection")];
  const paths = lists.get("service") ?? [];
  if (connection !== undefined && paths.length === 0) {
    throw values.usage("--connection names a connection of a service, so it needs --service.");
  }
  return {
    routingKey,
    data,
    lines: values.has("lines"),
    paths,
    exchangeName,
    envelope,
    properties: { ...properties(lists.get("property") ?? [], values), ...headers(lists.get("header") ?? [], values) },
    count: values.count("count") ?? 1,
    perSecond: values.perSecond("rate"),
    oneByOne,
    json: values.has("json"),
    connection,
    url,
    environment,
    logLevel,
  };
}

function headers(given: readonly string[], values: OptionValues): MessageProperties {
  if (given.length === 0) return {};
  return { headers: Object.fromEntries(given.map((text) => headerOf(text, values))) };
}

function headerOf(text: string, values: OptionValues): readonly [name: string, value: unknown] {
  const [, name, operator, value = ""] = /^([^=:]+)(:=|=)(.*)$/su.exec(text) ?? [];
  if (name === undefined) {
    throw values.usage(`--header "${text}" is not name=value.`, "order.paid '{}' --header tenant=acme");
  }
  if (operator === "=") return [name, value];
  try {
    return [name, JSON.parse(value) as unknown];
  } catch {
    throw values.usage(`--header "${text}" is not name:=value with JSON as its value. Write name=value for a string.`);
  }
}

function properties(given: readonly string[], values: OptionValues): MessageProperties {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf("=");
      const name = text.slice(0, Math.max(0, at));
      const value = text.slice(at + 1);
      if (!propertyNames.includes(name)) {
        const meant = closest(name || text, propertyNames);
        const cure = meant ? `Did you mean \`${meant}=...\`?` : `Known: ${propertyNames.join(", ")}.`;
        throw values.usage(`--property "${text}" is not a property of messages and its value. ${cure}`);
      }
      return [name, name === "priority" ? Number(value) : value];
    }),
  );
}
