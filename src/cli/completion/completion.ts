/** `tomodachi completion`: prints a script for a shell, from the tables of commands and options. */

import { commandActions } from "../options/command-actions.ts";
import type { CommandName } from "../options/option.ts";
import { options } from "../options/option-table.ts";
import { type CompletedLine, completionScript, type Shell } from "./completion-script.ts";

export function runCompletion(shell: Shell, commands: readonly CommandName[]): number {
  process.stdout.write(`${completionScript(shell, completedLine(commands))}\n`);
  return 0;
}

export function completedLine(names: readonly CommandName[]): CompletedLine {
  const commands = names.map((name) => ({
    name,
    actions: commandActions[name] ?? [],
    options: Object.entries(options).flatMap(([option, { of, help }]) =>
      help !== undefined && (of === undefined || of.includes(name)) ? option : [],
    ),
  }));
  return { commands, options };
}
