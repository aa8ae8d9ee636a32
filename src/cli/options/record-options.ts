/** The options that only `tomodachi record` has, and those for recording. */
import type { Option } from "./option.ts";

export const recordOptions: Readonly<Record<string, Option>> = {
  redact: {
    type: "string",
    once: true,
    of: ["run", "record", "config"],
    placeholder: "file",
    help: [
      "A file whose default export changes a message, or leaves",
      "it out, before it becomes part of a test: (message) => message",
    ].join("\n"),
  },
  "dead-letters": {
    type: "boolean",
    of: ["record"],
    help: "Record the dead letters of the services, or of --queue;\nthey stay in their queues",
  },
  pattern: {
    type: "string",
    once: true,
    of: ["record"],
    placeholder: "pattern",
    help: "Only messages whose routing key matches: order.*.paid",
  },
};
