/** The options that only `tomodachi record` has, and those for recording. */
import type { Option } from "./option.ts";

export const recordOptions: Readonly<Record<string, Option>> = {
  redact: {
    type: "string",
    once: true,
    of: ["run", "record", "config"],
    placeholder: "file",
    help: [
      "A file whose default export changes each recorded message",
      "before it is written, or leaves it out: (message) => message",
    ].join("\n"),
  },
  "dead-letters": {
    type: "boolean",
    of: ["record"],
    help: "Those in the dead-letter queues of the services, or of\n--queue; they stay there",
  },
  pattern: {
    type: "string",
    once: true,
    of: ["record"],
    placeholder: "pattern",
    help: "Only messages whose routing key fits: order.*.paid",
  },
};
