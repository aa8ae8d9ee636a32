/** `tomodachi trace`: its options, and its help. */

import { brokerToAsk } from "../options/broker-option.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { managementOption } from "../options/doctor-options.ts";
import { serviceOption } from "../options/service-option.ts";
import { traceOptions } from "../options/trace-options.ts";
import { traceSettings } from "./trace-arguments.ts";

export const traceDefinition: CommandDefinition = {
  options: {
    service: serviceOption,
    broker: brokerToAsk,
    exchange: {
      type: "string",
      placeholder: "name",
      help: "The exchange that it is published to\n(default: exchangeName of the first service's options)",
    },
    ...traceOptions,
    management: {
      ...managementOption,
      help: "The management API, such as http://host:15672, which shows\nthe broker's bindings, and what else gets the message. none: do\nnot ask it (default: port 15672 of a broker on this machine)",
    },
    json: { type: "boolean", help: "One JSON document with everything" },
  },
  usageOpening: [
    "Usage: tomodachi trace <routing key> --service <path> [options]",
    "",
    "Says where a message with this routing key goes, and why it does not arrive: which bindings of the",
    "services match it, and why the others do not; whether the login may publish to the exchange; whether",
    "each queue exists, whether the login may consume it, and whether it has a consumer that is neither",
    "paused nor at its prefetch. With the management API it also shows the broker's own bindings. Nothing",
    "is published, and nothing on the broker is changed.",
  ],
  usageEnd: [
    "Exit code: 0 when a handler gets it, as far as was seen; 1 when not, or the broker cannot be",
    "asked; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi trace order.42.paid --service service/",
    "  tomodachi trace order.42.paid --service service/ --operations http://127.0.0.1:9090",
    "  tomodachi trace order.42.paid --service service/ --management http://rabbitmq.internal:15672",
    "  tomodachi trace order.42.paid --service orders.ts --service shipping.ts",
  ],
  prepare(words) {
    const settings = traceSettings(words);
    return async () => (await import("./trace.ts")).runTrace(settings);
  },
};
