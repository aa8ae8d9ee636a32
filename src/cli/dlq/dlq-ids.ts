/** Finds the dead letters for `--id`: a value is a whole id, or the beginning of one. */
import { createEntryFilter, type DeadLetterBrowser } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import { printable } from "../../util/printable.ts";
import { DeadLetterNotThereError, UsageError } from "../common/errors.ts";
import type { DlqRun } from "./dlq-run.ts";
import type { DlqTarget, TargetQueue } from "./dlq-targets.ts";
import { visit } from "./dlq-visit.ts";

type IdRun = Omit<DlqRun, "movedTo">;

/** A shorter word is always a whole id. */
const shortestPrefix = 8;
const shownIds = 10;
const wholeUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether the word can be the beginning of an id. If so, the queues are read once more. */
function mayBePrefix(word: string): boolean {
  return word.length >= shortestPrefix && !wholeUuid.test(word);
}

/**
 * Returns the run with whole ids. It reads all queues before anything is changed.
 *
 * @throws UsageError if a beginning fits several ids, or not all ids could be read
 */
export async function withWholeIds(run: IdRun, targets: readonly DlqTarget[], logger: Logger): Promise<IdRun> {
  const { filter } = run.settings;
  if (filter.ids?.some(mayBePrefix) !== true) return run;
  const present = new Set<string>();
  for (const target of targets) {
    if (run.signal.aborted) return run;
    await visit(target, run, logger, (browser) => readIds(target.queues, browser, run, present));
  }
  if (run.signal.aborted) return run;
  const settings = { ...run.settings, filter: { ...filter, ids: filter.ids.map((word) => wholeId(word, present)) } };
  return { ...run, settings, matches: createEntryFilter(settings.filter, Date.now()) };
}

/**
 * Returns a word that fits no id unchanged.
 *
 * @throws UsageError if the word is the beginning of several ids
 */
export function wholeId(word: string, present: ReadonlySet<string>): string {
  if (present.has(word) || !mayBePrefix(word)) return word;
  const fitting = [...present].filter((id) => id.startsWith(word));
  const [only = word] = fitting;
  if (fitting.length <= 1) return only;
  const shown = fitting.slice(0, shownIds).map(printable).join(", ");
  const more = fitting.length > shownIds ? ` and ${fitting.length - shownIds} more` : "";
  throw new UsageError(
    `--id "${printable(word)}" is the beginning of ${fitting.length} ids: ${shown}${more}. Nothing was changed. Give more characters.`,
  );
}

/** For a word that is the id of no message, and the beginning of none. */
export function unknownId(word: string): DeadLetterNotThereError {
  const cure =
    word.length < shortestPrefix
      ? `The beginning of an id needs at least ${shortestPrefix} characters.`
      : "`tomodachi dlq show` prints the ids.";
  return new DeadLetterNotThereError(`No dead letter here has the id "${printable(word)}". ${cure}`);
}

async function readIds(
  queues: readonly TargetQueue[],
  browser: DeadLetterBrowser,
  { progress, signal }: IdRun,
  present: Set<string>,
): Promise<void> {
  for (const { name: queue } of queues) {
    // A missing queue is reported later.
    if (signal.aborted || (await browser.count(queue)) === undefined) continue;
    const { why } = await browser.work({
      queue,
      action: { kind: "look" },
      signal,
      matches: () => true,
      done: ({ id }) => void (id !== undefined && present.add(id)),
      seen: (count, standing) => progress.show(() => `${printable(queue)}  ${count} of ${standing} ids read`),
    });
    if (why === undefined || signal.aborted) continue;
    throw new UsageError(
      `Not all ids in the queue "${printable(queue)}" could be read: ${printable(why)}. Nothing was changed. Give the whole id with --id.`,
    );
  }
}
