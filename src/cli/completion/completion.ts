/** `tomodachi completion`: prints a script for a shell, from the tables of commands and options. */

import type { CommandName } from "../options/option.ts";
import { options } from "../options/option-table.ts";
import { type CompletedLine, completionScript, type Shell, shells } from "./completion-script.ts";

/** Words that may follow a command. */
const actions: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  dlq: ["list", "show", "replay", "move", "purge", "export", "import"],
  schedule: ["list", "trigger"],
  migrate: ["from-python"],
  completion: shells,
};

export function runCompletion(shell: Shell, commands: readonly CommandName[]): number {
  process.stdout.write(`${completionScript(shell, completedLine(commands))}\n`);
  return 0;
}

export function completedLine(names: readonly CommandName[]): CompletedLine {
  const commands = names.map((name) => ({
    name,
    actions: actions[name] ?? [],
    options: Object.entries(options).flatMap(([option, { of, help }]) =>
      help !== undefined && (of === undefined || of.includes(name)) ? option : [],
    ),
  }));
  return { commands, options };
}
