/** The commands that have a definition, by their names. */

import { completionDefinition } from "./completion/completion-definition.ts";
import { configDefinition } from "./config/config-definition.ts";
import { consoleDefinition } from "./console/console-definition.ts";
import { describeDefinition } from "./describe/describe-definition.ts";
import { doctorDefinition } from "./doctor/doctor-definition.ts";
import { publishDefinition } from "./messages/publish-definition.ts";
import { tailDefinition } from "./messages/tail-definition.ts";
import { newDefinition } from "./new/new-definition.ts";
import type { CommandDefinition } from "./options/command-definition.ts";
import type { DefinedCommandName } from "./options/option.ts";
import { recordDefinition } from "./record/record-definition.ts";
import { traceDefinition } from "./trace/trace-definition.ts";

export const definedCommands: Readonly<Record<DefinedCommandName, CommandDefinition>> = {
  completion: completionDefinition,
  config: configDefinition,
  describe: describeDefinition,
  doctor: doctorDefinition,
  console: consoleDefinition,
  new: newDefinition,
  publish: publishDefinition,
  record: recordDefinition,
  tail: tailDefinition,
  trace: traceDefinition,
};
