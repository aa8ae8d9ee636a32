/** `tomodachi describe`: its options, and its help. */
import type { CommandDefinition } from "../options/command-definition.ts";
import { describeOptions } from "../options/describe-options.ts";
import { describeSettings } from "./describe-arguments.ts";

export const describeDefinition: CommandDefinition = {
  options: {
    json: { type: "boolean", help: "One JSON document with everything" },
    ...describeOptions,
  },
  usageOpening: [
    "Usage: tomodachi describe <file or folder>... [options]",
    "",
    "Prints what the services have: handlers with their patterns, exchanges and queues, retries and",
    "dead-letter queues, contracts, HTTP routes, schedules. It does not connect to a broker.",
  ],
  usageEnd: [
    "Exit code: 0; 1 when a service cannot be loaded or is wrong; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi describe service/",
    "  tomodachi describe service/ --json | jq '.services[].handlers'",
    "  tomodachi describe service/ --mermaid > service.mmd",
  ],
  prepare(words) {
    const settings = describeSettings(words);
    return async () => (await import("./describe.ts")).runDescribe(settings);
  },
};
