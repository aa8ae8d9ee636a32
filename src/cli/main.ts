#!/usr/bin/env node
/** The command `tomodachi`: from words to the exit of the process. */
import Module from "node:module";
import { hasCode, memberOf, messageOf, textMemberOf } from "../errors.ts";
import { foldFrames } from "../log/fold-frames.ts";
import { hidePasswords } from "../log/hide-passwords.ts";
import { printableLines } from "../util/printable.ts";
import { parseArguments } from "./arguments.ts";
import { useEnvironmentFile } from "./environment-file.ts";
import { startCommand } from "./start-command.ts";

/** How long the last output may take when its reader is slow. */
const flushMs = 2000;

async function main(words: readonly string[]): Promise<number | undefined> {
  useEnvironmentFile(words);
  return startCommand(parseArguments(words, process.env));
}

/** Ends the process with what was written still written, and whatever timers a service forgot. */
async function end(code: number): Promise<void> {
  const written = [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done)));
  await Promise.race([Promise.all(written), new Promise((done) => setTimeout(done, flushMs))]);
  process.exit(code);
}

function fail(error: unknown): number {
  const isUsage = hasCode(error, "ERR_USAGE");
  const stack = isUsage ? undefined : textMemberOf(error, "stack");
  const text = stack === undefined ? messageOf(error) : foldFrames(stack);
  process.stderr.write(hidePasswords(`tomodachi: ${printableLines(text)}\n`));
  return isUsage ? 2 : 1;
}

/** Keeps what V8 compiled for the next start, where Node can (22.1 and later). NODE_DISABLE_COMPILE_CACHE=1 turns it off. */
function keepCompiledCode(): void {
  const enable = memberOf(Module, "enableCompileCache");
  if (typeof enable === "function") enable.call(Module);
}

// A reader that went away (`tomodachi --help | head -1`) is no error of the service.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: unknown) => {
    if (!hasCode(error, "EPIPE")) throw error;
  });
}

keepCompiledCode();
void main(process.argv.slice(2))
  .catch(fail)
  .then((code) => (code === undefined ? undefined : end(code)));
