/** The help of `tomodachi broker`. */
import type { CommandHelp } from "../options/command-help.ts";
import { optionsOf } from "../options/option-table.ts";

export const brokerHelp: CommandHelp = {
  options: optionsOf("broker"),
  usageOpening: [
    "Usage: tomodachi broker [options]",
    "",
    "Runs the embedded AMQP broker alone, for development and tests, and shows its connections,",
    "queues and rates as they change. It keeps every message in memory: Ctrl+C ends it and deletes",
    "them. Services in other terminals find it on its default port.",
  ],
  usageEnd: [
    "Exit code: 0 when a signal ended it; 1 when it cannot listen; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi broker",
    "  tomodachi broker --port 5673",
    "  tomodachi broker --port 0 --log-level debug       any free port; logs what it refuses",
  ],
};
