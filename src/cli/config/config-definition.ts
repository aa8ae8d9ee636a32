/** `tomodachi config`: its options, and its help. */
import type { CommandDefinition } from "../options/command-definition.ts";
import { options, optionsOf } from "../options/option-table.ts";
import { configSettings } from "./config-arguments.ts";

export const configDefinition: CommandDefinition = {
  options: {
    changed: options["changed"] ?? { type: "boolean" },
    json: { type: "boolean", help: "One JSON document" },
    ...optionsOf("run"),
  },
  usageOpening: [
    "Usage: tomodachi config <file or folder>... [options]",
    "",
    "Prints the options with which `tomodachi run` would start the services, and where each value",
    "comes from: the code of the service, a variable of the environment, a variable of .env, an",
    "option of the command line, or the default. Secrets are shown as ***. Options of `tomodachi",
    "run` may be given and are counted. It connects to no broker.",
  ],
  usageEnd: [
    "Exit code: 0; 1 when a service cannot be loaded or an option is wrong; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi config service/",
    "  tomodachi config service/ --changed",
    "  tomodachi config dist/ --production --json | jq '.services[0].values'",
  ],
  prepare(words) {
    const settings = configSettings(words);
    return async () => (await import("./config.ts")).runConfig(settings);
  },
};
