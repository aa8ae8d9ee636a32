/** `tomodachi completion`: its help, and the check of its word. */
import { closest } from "../../util/closest.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { commandNames } from "../options/option.ts";
import { OptionValues } from "../options/option-values.ts";
import { shells } from "./completion-script.ts";

export const completionDefinition: CommandDefinition = {
  options: {},
  usageOpening: [
    `Usage: tomodachi completion <${shells.join("|")}>`,
    "",
    "Prints a script that completes commands, options, their values and files in your shell.",
  ],
  usageEnd: [
    "Exit code: 0; 2 for wrong usage.",
    "",
    "Examples:",
    '  eval "$(tomodachi completion bash)"                                 in ~/.bashrc',
    '  eval "$(tomodachi completion zsh)"                                  in ~/.zshrc, after compinit',
    "  tomodachi completion fish > ~/.config/fish/completions/tomodachi.fish",
  ],
  prepare({ positionals, options }) {
    const values = new OptionValues("completion", options);
    const [word, other] = positionals;
    const shell = shells.find((name) => name === word);
    if (shell !== undefined && other === undefined) {
      return async () => (await import("./completion.ts")).runCompletion(shell, commandNames);
    }
    const meant = word === undefined || other !== undefined ? undefined : closest(word, shells);
    const cure = meant ? `Did you mean \`tomodachi completion ${meant}\`?` : `It knows: ${shells.join(", ")}.`;
    const problem = word === undefined ? "needs the name of a shell" : `does not know the shell "${other ?? word}"`;
    throw values.usage(`\`tomodachi completion\` ${problem}. ${cure}`);
  },
};
