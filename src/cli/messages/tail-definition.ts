/** `tomodachi tail`: its options, and its help. */

import { brokerToAsk } from "../options/broker-option.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { messageOptionsOf } from "../options/message-options.ts";
import { tailSettings } from "./tail-arguments.ts";

export const tailDefinition: CommandDefinition = {
  options: {
    ...messageOptionsOf("tail"),
    json: { type: "boolean", help: "A line of JSON for each message" },
    connection: { type: "string", placeholder: "name", help: "The connection of the services (default: default)" },
    broker: brokerToAsk,
  },
  usageOpening: [
    "Usage: tomodachi tail <pattern> [options]",
    "       tomodachi tail --service <path> [options]",
    "",
    "Shows the messages that pass an exchange from now on, until it is interrupted. It has a queue",
    "of its own (exclusive, deleted at the end), so no consumer gets one message less. * in the",
    "pattern stands for one word of the routing key, # for any number of words.",
    "",
    "With --service, the data is shown as the handlers read it, with the handlers that get the",
    "message, and whether their schema accepts it. Without a pattern, the patterns of the handlers",
    "are used. Without a service, each message shows by its content which envelope it has.",
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
