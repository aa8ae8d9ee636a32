/** `tomodachi publish`: its options, and its help. */

import { brokerToAsk } from "../options/broker-option.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { dlqOptions } from "../options/dlq-options.ts";
import { messageOptions, messageOptionsOf } from "../options/message-options.ts";
import { publishSettings } from "./publish-arguments.ts";

export const publishDefinition: CommandDefinition = {
  options: {
    ...messageOptionsOf("publish"),
    count: { ...messageOptions["count"], type: "string", help: "Send the message this many times" },
    rate: { ...dlqOptions["rate"], type: "string", help: "At most this many messages per second" },
    json: { type: "boolean", help: "Print one line of JSON" },
    connection: { type: "string", placeholder: "name", help: "The connection of the services (default: default)" },
    broker: brokerToAsk,
  },
  usageOpening: [
    "Usage: tomodachi publish <routing key> [data | @file | -] [options]",
    "",
    "Publishes a message, and says whether the broker has it and whether it reached a queue.",
    "Without data, or with -, the data comes from standard input; @file takes it from a file.",
    "",
    "With --service, the message is built for the handler that gets it: with the exchange, the",
    "prefix and the envelope of the handler, and its schema checks the data. Without a service, the",
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
