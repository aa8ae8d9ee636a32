/** Words after the name of a command that select an action. */
import { dlqActions } from "./dlq-actions.ts";
import type { CommandName } from "./option.ts";

export const commandActions: Readonly<Partial<Record<CommandName, readonly string[]>>> = {
  dlq: dlqActions,
  schedule: ["list", "trigger"],
  migrate: ["from-python"],
  completion: ["bash", "zsh", "fish"],
};

/** The command as a user types it, to name its help: "dlq replay". Only `dlq` has a help for each action. */
export function helpTopic(command: CommandName, word: string | undefined): string {
  const hasOwnHelp = command === "dlq" && word !== undefined && commandActions.dlq?.includes(word);
  return hasOwnHelp ? `${command} ${word}` : command;
}
