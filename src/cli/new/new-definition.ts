/** `tomodachi new`: its options, and its help. */
import { templateNames, templates } from "../../scaffold/templates.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { newOptions } from "../options/new-options.ts";
import { newSettings } from "./new-arguments.ts";

export const newDefinition: CommandDefinition = {
  options: newOptions,
  usageOpening: [
    "Usage: tomodachi new <name> [options]",
    "",
    "Writes a new project into the folder <name>: a service, a test, and what it takes to compile,",
    "run and deploy it. It asks nothing, and overwrites no file. The templates:",
    "",
    ...templateNames.map((name) => `  ${name.padEnd(12)} ${templates[name].about}`),
  ],
  usageEnd: [
    "Exit code: 0; 1 when the folder has files already, or npm fails; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi new orders",
    "  tomodachi new orders --template contracts --install",
    "  tomodachi new orders --folder services/orders --tomodachi ./tomodachi-0.1.0.tgz",
  ],
  prepare(words) {
    const settings = newSettings(words);
    return async () => (await import("./new.ts")).runNew(settings);
  },
};
