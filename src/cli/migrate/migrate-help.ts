/** The help of `tomodachi migrate`. */

import { brokerToAsk } from "../options/broker-option.ts";
import type { CommandHelp } from "../options/command-help.ts";
import { optionsOf } from "../options/option-table.ts";

export const migrateHelp: CommandHelp = {
  options: {
    ...optionsOf("migrate"),
    json: { type: "boolean", help: "One JSON document with everything" },
    broker: {
      ...brokerToAsk,
      help: "Also look which of the queues exist on this broker, and\nhow many messages they hold",
    },
  },
  usageOpening: [
    "Usage: tomodachi migrate from-python <file or folder>... [options]",
    "",
    "Prints the queues that Python tomodachi made for the services that the files export, and what",
    "to write to take them over without losing a message. It changes nothing. Without --broker it",
    "does not connect.",
  ],
  usageEnd: [
    "Exit code: 0; 1 when a service cannot be loaded or is wrong, or the broker cannot be asked; 2",
    "for wrong usage.",
    "",
    "Examples:",
    "  tomodachi migrate from-python service/",
    "  tomodachi migrate from-python service/ --uuid 3f6b1c1e-7f0e-4b53-8a68-0f6c4fd2b9b0",
    "  tomodachi migrate from-python service/ --broker amqp://guest:guest@127.0.0.1:5672",
  ],
};
