/** `tomodachi console`: its options, and its help. */

import { brokerToAsk } from "../options/broker-option.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { options } from "../options/option-table.ts";
import { consoleSettings } from "./console-arguments.ts";

export const consoleDefinition: CommandDefinition = {
  options: {
    broker: brokerToAsk,
    "allow-changes": options["allow-changes"] ?? { type: "boolean" },
    queue: {
      type: "string",
      short: "q",
      placeholder: "name",
      help: "A queue by its name, without a service. May be repeated",
    },
    "console-port": options["console-port"] ?? { type: "string" },
  },
  usageOpening: [
    "Usage: tomodachi console <file or folder>... [options]",
    "       tomodachi console --queue <name> [options]",
    "",
    "Opens a page on 127.0.0.1 that shows the queues of services on any broker: how many messages",
    "wait, which pass, and the dead letters by cause. The services are loaded and not started. It",
    "only reads, unless --allow-changes is given. For a service that runs in development, use",
    "`tomodachi run --console`: that also shows its handlers and its log.",
  ],
  usageEnd: [
    "Exit code: 0; 1 when a service cannot be loaded or the port is taken; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi console service/ --broker amqp://reader:secret@rabbit.example",
    "  tomodachi console --queue orders-paid --allow-changes",
  ],
  prepare(words) {
    const settings = consoleSettings(words);
    return async () => (await import("./console-command.ts")).runConsole(settings);
  },
};
