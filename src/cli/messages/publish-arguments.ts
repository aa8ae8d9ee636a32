/** What `tomodachi publish` has to do, from the words after it. */
import type { MessageProperties } from "../../messages/message-sender.ts";
import { closest } from "../../util/closest.ts";
import type { CommandWords } from "../options/command-definition.ts";
import { OptionValues } from "../options/option-values.ts";
import { type MessagePlace, messagePlace } from "./message-place.ts";

export interface PublishSettings {
  readonly routingKey: string;
  /** The data as typed; "-" for standard input, "@path" for a file. */
  readonly data: string;
  /** Whether each line of the data is a message. */
  readonly lines: boolean;
  readonly properties: MessageProperties;
  readonly count: number;
  readonly perSecond: number | undefined;
  readonly oneByOne: boolean;
  readonly json: boolean;
  readonly place: MessagePlace;
}

const propertyNames = ["contentType", "correlationId", "expiration", "messageId", "priority", "replyTo", "type"];

/** @throws UsageError for a word without a meaning, and for something that is missing */
export function publishSettings(words: CommandWords): PublishSettings {
  const { positionals, lists, options } = words;
  const values = new OptionValues("publish", options);
  const [routingKey, data = "-", ...others] = positionals;
  if (routingKey === undefined) throw values.usage("`tomodachi publish` needs a routing key.", "order.paid '{}'");
  if (others[0] !== undefined) {
    throw values.usage(
      `\`tomodachi publish\` takes a routing key and data, and "${others[0]}" was given as well. Put data with spaces into quotes, and name services with --service.`,
    );
  }
  for (const name of ["header", "property"]) values.text(name);
  const place = messagePlace(words, values);
  return {
    routingKey,
    data,
    lines: values.has("lines"),
    properties: { ...properties(lists.get("property") ?? [], values), ...headers(lists.get("header") ?? [], values) },
    count: values.count("count") ?? 1,
    perSecond: values.perSecond("rate"),
    oneByOne: values.oneOf("confirm", ["each", "window"]) === "each",
    json: values.has("json"),
    place,
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
        throw values.usage(`--property "${text}" must be the name of a property, then = and its value. ${cure}`);
      }
      return [name, name === "priority" ? priorityOf(value, values) : value];
    }),
  );
}

function priorityOf(value: string, values: OptionValues): number {
  if (/^\d{1,3}$/.test(value) && Number(value) <= 255) return Number(value);
  throw values.usage(`--property priority cannot be "${value}": a priority must be a whole number, 0 to 255.`);
}
