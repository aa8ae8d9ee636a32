/** The commands that define themselves, by their names. */
import type { CommandDefinition } from "./command-definition.ts";
import { completionDefinition } from "./completion-definition.ts";
import { configDefinition } from "./config-definition.ts";
import { consoleDefinition } from "./console-definition.ts";
import { describeDefinition } from "./describe-definition.ts";
import { doctorDefinition } from "./doctor-definition.ts";
import { newDefinition } from "./new-definition.ts";
import type { DefinedCommandName } from "./option.ts";
import { publishDefinition } from "./publish-definition.ts";
import { tailDefinition } from "./tail-definition.ts";
import { traceDefinition } from "./trace-definition.ts";

export const definedCommands: Readonly<Record<DefinedCommandName, CommandDefinition>> = {
  completion: completionDefinition,
  config: configDefinition,
  describe: describeDefinition,
  doctor: doctorDefinition,
  console: consoleDefinition,
  new: newDefinition,
  publish: publishDefinition,
  tail: tailDefinition,
  trace: traceDefinition,
};

export function isDefinedCommand(word: string | undefined): word is DefinedCommandName {
  return word !== undefined && Object.hasOwn(definedCommands, word);
}
