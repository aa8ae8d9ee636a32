#!/usr/bin/env node
/** The command `tomodachi`: reads the words, runs the command, and ends the process. */
import Module from "node:module";
import { memberOf } from "../errors.ts";
import { parseArguments } from "./arguments.ts";
import { endProcess, failure, ignoreClosedPipes } from "./common/end-process.ts";
import { useEnvironmentFile } from "./common/environment-file.ts";
import { startCommand } from "./start-command.ts";

async function main(words: readonly string[]): Promise<number | undefined> {
  useEnvironmentFile(words);
  return startCommand(parseArguments(words, process.env));
}

/** Keeps the code that V8 compiled for the next start, if Node supports it (22.1 and later). NODE_DISABLE_COMPILE_CACHE=1 turns it off. */
function keepCompiledCode(): void {
  const enable = memberOf(Module, "enableCompileCache");
  if (typeof enable === "function") enable.call(Module);
}

ignoreClosedPipes();
keepCompiledCode();
void main(process.argv.slice(2))
  .catch(failure)
  .then((code) => (code === undefined ? undefined : endProcess(code)));
