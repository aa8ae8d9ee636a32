/** The commands that define themselves, by their names. */
import type { CommandDefinition } from "./command-definition.ts";
import { configDefinition } from "./config-definition.ts";
import type { DefinedCommandName } from "./option.ts";
import { publishDefinition } from "./publish-definition.ts";
import { tailDefinition } from "./tail-definition.ts";

export const definedCommands: Readonly<Record<DefinedCommandName, CommandDefinition>> = {
  config: configDefinition,
  publish: publishDefinition,
  tail: tailDefinition,
};

export function isDefinedCommand(word: string | undefined): word is DefinedCommandName {
  return word !== undefined && Object.hasOwn(definedCommands, word);
}
