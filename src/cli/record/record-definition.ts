/** `tomodachi record`: its options, and its help. */

import { brokerToAsk } from "../options/broker-option.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { recordOptions } from "../options/record-options.ts";
import { recordSettings } from "./record-arguments.ts";

export const recordDefinition: CommandDefinition = {
  options: {
    "dead-letters": recordOptions["dead-letters"] ?? { type: "boolean" },
    queue: {
      type: "string",
      short: "q",
      placeholder: "name",
      help: "Record the messages that wait in this queue; they stay\nthere. With --dead-letters: its dead letters. May be\nrepeated",
    },
    pattern: recordOptions["pattern"] ?? { type: "string" },
    count: { type: "string", placeholder: "number", help: "At most this many messages (default: 100)" },
    redact: recordOptions["redact"] ?? { type: "string" },
    output: {
      type: "string",
      short: "o",
      placeholder: "file",
      help: "The file of the test (default: test/recorded.test.ts); - is\nstandard output. A file that exists is not overwritten",
    },
    connection: { type: "string", placeholder: "name", help: "The connection of the services (default: default)" },
    broker: brokerToAsk,
  },
  usageOpening: [
    "Usage: tomodachi record <file or folder>... [options]",
    "",
    "Writes messages as a vitest file that plays them on the embedded broker with a virtual clock.",
    "Without --dead-letters and --queue it listens to the messages that pass, until Ctrl+C: it has a",
    "queue of its own, so no consumer gets one message less. The services are loaded and not started.",
    "",
    "Values whose name says that they are secret (password, token, authorization, ...) are replaced.",
    "--redact names a function for the rest.",
  ],
  usageEnd: [
    "Exit code: 0; 1 when no message could be recorded, or the broker refuses; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi record service/ --count 5                     the next five messages",
    "  tomodachi record service/ --dead-letters                why they failed, as a test",
    "  tomodachi record service/ --dead-letters -q orders-paid --redact ./redact.ts",
    "  tomodachi record service/ --pattern 'order.*.paid' -o test/orders.test.ts",
  ],
  prepare(words) {
    const settings = recordSettings(words);
    return async () => (await import("./record.ts")).runRecord(settings);
  },
};
