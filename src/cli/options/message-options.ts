/** The options that only `tomodachi publish` and `tomodachi tail` have, and those that both have. */
import type { Option } from "./option.ts";
import { serviceOption } from "./service-option.ts";

export const messageOptions: Readonly<Record<string, Option>> = {
  service: {
    ...serviceOption,
    help: [
      "A service file or folder, as for `tomodachi run`: it is",
      "loaded, not started, and names broker, exchange, prefix,",
      "envelope and schema. May be repeated",
    ].join("\n"),
  },
  exchange: {
    type: "string",
    once: true,
    of: ["publish", "tail", "trace"],
    placeholder: "name",
    help: "The exchange (default: that of the service, or amq.topic)",
  },
  envelope: {
    type: "string",
    once: true,
    of: ["publish", "tail"],
    placeholder: "name",
    help: "none, json, json-base, cloudevents or raw",
  },
  count: {
    type: "string",
    once: true,
    of: ["publish", "tail", "record"],
    placeholder: "number",
    help: "End after this many messages",
  },
  header: {
    type: "string",
    of: ["publish"],
    placeholder: "name=value",
    help: "A header; name:=value for a number, true, false or other\nJSON. May be repeated",
  },
  property: {
    type: "string",
    of: ["publish"],
    placeholder: "name=value",
    help: ["contentType, correlationId, expiration, messageId, priority,", "replyTo or type. May be repeated"].join(
      "\n",
    ),
  },
  lines: { type: "boolean", of: ["publish"], help: "Each line of the data is a message" },
  confirm: {
    type: "string",
    once: true,
    of: ["publish"],
    placeholder: "each|window",
    help: "each: send the next message when the broker has confirmed\nthe one before; window: up to 1000 at once (default)",
  },
  filter: {
    type: "string",
    of: ["tail"],
    placeholder: "condition",
    help: [
      "Show only messages for which it is true: data.total=5,",
      "headers.tenant!=acme, data~text (contains). May be",
      "repeated: then all must be true",
    ].join("\n"),
  },
  full: { type: "boolean", of: ["tail"], help: "Show headers and properties, and data of any length" },
};

/** The options in the help of one of the two commands. */
export function messageOptionsOf(command: "publish" | "tail"): Readonly<Record<string, Option>> {
  return Object.fromEntries(Object.entries(messageOptions).filter(([, { of }]) => of?.includes(command)));
}
