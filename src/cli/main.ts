#!/usr/bin/env node
/** The command `tomodachi`. What a command needs is loaded when it runs, so that `--help` answers at once. */
import Module from "node:module";
import { hasCode, memberOf, messageOf, textMemberOf } from "../errors.ts";
import { hidePasswords } from "../log/hide-passwords.ts";
import { printableLines } from "../util/printable.ts";
import { type HelpTopic, parseArguments } from "./arguments.ts";
import { isDefinedCommand } from "./defined-commands.ts";
import { definedUsageText, dlqUsageText, scheduleUsageText, topologyUsageText, usageText } from "./usage-text.ts";
import { useEnvironmentFile } from "./environment-file.ts";
import { ownFolder, readManifest } from "./own-package.ts";

/** How long the last output may take when its reader is slow. */
const flushMs = 2000;

async function main(words: readonly string[]): Promise<number | undefined> {
  useEnvironmentFile(words);
  const command = parseArguments(words, process.env);
  if (command.kind === "help") process.stdout.write(`${helpText(command.of)}\n`);
  if (command.kind === "version") process.stdout.write(`tomodachi ${readManifest(ownFolder()).version}\n`);
  if (command.kind === "run") {
    const { run } = await import("./run.ts");
    return run(command.settings);
  }
  if (command.kind === "dlq") {
    const { runDlq } = await import("./dlq.ts");
    return runDlq(command.settings);
  }
  if (command.kind === "topology") {
    const { runTopology } = await import("./topology.ts");
    return runTopology(command.settings);
  }
  if (command.kind === "schedule") {
    const { runSchedule } = await import("./schedule.ts");
    return runSchedule(command.settings);
  }
  if (command.kind === "migrate") {
    const { runMigrate } = await import("./migrate.ts");
    return runMigrate(command.settings);
  }
  if (command.kind === "defined") return command.run();
  if (command.kind !== "broker") return 0;
  const { runBroker } = await import("./broker-command.ts");
  return runBroker(command.settings);
}

function helpText(of: HelpTopic | undefined): string {
  if (isDefinedCommand(of)) return definedUsageText(of);
  if (of === "dlq") return dlqUsageText();
  if (of === "schedule") return scheduleUsageText();
  return of === "topology" ? topologyUsageText() : usageText();
}

/** Ends the process with what was written still written, and whatever timers a service forgot. */
async function end(code: number): Promise<void> {
  const written = [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done)));
  await Promise.race([Promise.all(written), new Promise((done) => setTimeout(done, flushMs))]);
  process.exit(code);
}

function fail(error: unknown): number {
  const isUsage = hasCode(error, "ERR_USAGE");
  const text = (isUsage ? undefined : textMemberOf(error, "stack")) ?? messageOf(error);
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
