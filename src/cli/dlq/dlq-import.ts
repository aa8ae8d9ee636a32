/** `tomodachi dlq import`: publishes the lines of an export to their dead-letter queues again. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type DeadLetterBrowser, deadLetterEntryOf, type KeptEntry, readKeptLine } from "../../dead-letters/index.ts";
import { clauseOf, hasCode } from "../../errors.ts";
import { DeadLetterFileError, QueueNotThereError } from "../common/errors.ts";
import { DlqOutcome } from "./dlq-outcome.ts";
import type { DlqRun } from "./dlq-run.ts";

/** The most publishes that wait for their confirm at the same time. */
const mostUnconfirmed = 200;

/**
 * Reads the whole file before it publishes anything, then publishes it in its order. Returns the exit code.
 * @throws DeadLetterFileError or QueueNotThereError before anything was published
 */
export async function importFile(file: string, browser: DeadLetterBrowser, run: DlqRun): Promise<number> {
  const { settings, signal, progress, say } = run;
  const { to, dryRun } = settings.change;
  const outcome = new DlqOutcome(file === "-" ? "standard input" : file, "import", dryRun);
  const lines = file === "-" ? await collected(linesOf(process.stdin)) : () => linesOf(createReadStream(file));
  const counts = await checked(file, lines());
  for (const queue of to === undefined ? counts.keys() : [to]) {
    if ((await browser.count(queue)) === undefined) throw noQueue(queue, to !== undefined);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  outcome.seen = total;
  run.totals.messages += total;
  const underWay = new Set<Promise<void>>();
  try {
    for await (const line of lines()) {
      if (signal.aborted) outcome.why ??= "it was interrupted";
      if (outcome.why !== undefined) break;
      if (line.trim() === "") continue;
      const kept = readKeptLine(line);
      const sending = put(kept, to ?? kept.deadLetterQueue).finally(() => underWay.delete(sending));
      underWay.add(sending);
      if (underWay.size >= mostUnconfirmed) await Promise.race(underWay);
      progress.show(() => `${outcome.doneCount} of ${total} imported`);
    }
    await Promise.all(underWay);
  } finally {
    progress.clear();
    run.totals.done += outcome.doneCount;
    run.totals.stayed += outcome.stayedCount;
    for (const line of settings.json ? [JSON.stringify(outcome.json())] : outcome.lines()) say(line);
  }
  return outcome.stayedCount > 0 || outcome.why !== undefined ? 1 : 0;

  /** Never rejects: the first failure ends the import after the publishes in progress. */
  async function put({ message }: KeptEntry, queue: string): Promise<void> {
    const entry = deadLetterEntryOf(message, queue);
    try {
      const result = dryRun || (await browser.put(message, queue)) ? "sent" : "returned";
      outcome.add(entry, result, queue);
    } catch (error) {
      outcome.add(entry, "refused", queue);
      outcome.why ??= `a message was not confirmed: ${clauseOf(error)}`;
    }
  }
}

type Lines = AsyncIterable<string>;

function linesOf(input: NodeJS.ReadableStream): Lines {
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** Collects the lines, because standard input cannot be read twice. */
async function collected(lines: Lines): Promise<() => Lines> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return async function* () {
    yield* all;
  };
}

/** Counts the messages for each queue. @throws DeadLetterFileError for the first line that cannot be read */
async function checked(file: string, lines: Lines): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      const { deadLetterQueue } = readKeptLine(line);
      counts.set(deadLetterQueue, (counts.get(deadLetterQueue) ?? 0) + 1);
    }
  } catch (error) {
    const where = hasCode(error, "ENOENT") ? "" : `, line ${number}`;
    const why = hasCode(error, "ENOENT") ? "there is no such file" : clauseOf(error);
    throw new DeadLetterFileError(`Cannot import ${file}${where}: ${why}. Nothing was imported.`, { cause: error });
  }
  if (counts.size > 0) return counts;
  throw new DeadLetterFileError(
    `Cannot import ${file}: it has no dead letters. \`tomodachi dlq export\` writes such files.`,
  );
}

function noQueue(queue: string, isChosen: boolean): QueueNotThereError {
  const cure = isChosen ? "Check --to, or declare it first" : "Start its service once, or name another queue with --to";
  return new QueueNotThereError(
    `There is no queue "${queue}" to import to on this broker. ${cure}. Nothing was imported.`,
  );
}
