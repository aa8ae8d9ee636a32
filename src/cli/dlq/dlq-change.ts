/** `tomodachi dlq replay`, `move` and `purge` on one queue: they change it, count the messages, and report the result. */
import {
  type DeadLetterAction,
  type DeadLetterBrowser,
  type DeadLetterEntry,
  replayTarget,
} from "../../dead-letters/index.ts";
import { printable } from "../../util/printable.ts";
import { QueueNotThereError, UsageError } from "../common/errors.ts";
import { type ChangingAction, DlqOutcome } from "./dlq-outcome.ts";
import { RemainingTime } from "./dlq-progress.ts";
import type { DlqRun } from "./dlq-run.ts";
import type { TargetQueue } from "./dlq-targets.ts";

/** What is done with the messages of a queue. */
type QueueAction = Exclude<ChangingAction, "import">;

/** Returns the exit code. */
export async function changeQueue(
  queue: string,
  action: QueueAction,
  browser: DeadLetterBrowser,
  run: DlqRun,
): Promise<number> {
  const { settings, signal, progress, matches, say } = run;
  const { dryRun, perSecond } = settings.change;
  const outcome = new DlqOutcome(queue, action, dryRun);
  const remaining = new RemainingTime();
  try {
    const report = await browser.work({
      queue,
      action: dryRun ? { kind: "look" } : browserAction(action, run),
      signal,
      matches,
      limit: settings.limit,
      perSecond: dryRun ? undefined : perSecond,
      // One at a time, so that no other messages are held while the user edits.
      atOnce: run.edit && 1,
      done: (entry, result) => {
        const target = targetOf(entry, action, run);
        const hasNoTarget = action === "replay" && target === undefined;
        outcome.add(entry, hasNoTarget ? "no target" : result, target);
      },
      seen: (count, standing) => {
        outcome.seen = count;
        progress.show(
          () =>
            `${printable(queue)}  ${count} of ${standing} looked at, ${outcome.doneCount} done${remaining.after(count, standing)}`,
        );
      },
    });
    outcome.why = report.why;
    outcome.seen = report.standing;
    run.totals.messages += report.standing;
    if (report.why !== undefined) run.totals.cutShort = true;
    if (dryRun) await findAbsentTargets(outcome, browser);
  } finally {
    // Also if the connection broke: what was done until then is reported.
    progress.clear();
    for (const id of outcome.ids) run.foundIds.add(id);
    run.totals.done += outcome.doneCount;
    run.totals.stayed += outcome.stayedCount;
    for (const line of settings.json ? [JSON.stringify(outcome.json())] : outcome.lines()) say(line);
  }
  return outcome.stayedCount > 0 || outcome.why !== undefined ? 1 : 0;
}

/**
 * Checks that the target of a move exists, before anything is changed.
 *
 * @throws UsageError or QueueNotThereError
 */
export async function refuseTarget(
  browser: DeadLetterBrowser,
  {
    settings: {
      action,
      change: { to },
    },
  }: DlqRun,
  queues: readonly TargetQueue[],
): Promise<void> {
  if (action !== "move" || to === undefined) return;
  if (queues.some(({ name }) => name === to)) {
    throw new UsageError(
      `--to "${to}" is the queue that the messages come from. Name another, or choose with --queue.`,
    );
  }
  if ((await browser.count(to)) === undefined) {
    throw new QueueNotThereError(
      `There is no queue "${to}" to move to on this broker. Check --to, or declare it first.`,
    );
  }
}

function browserAction(action: QueueAction, { settings, movedTo, edit }: DlqRun): DeadLetterAction {
  if (action === "move") return { kind: "move", to: settings.change.to ?? "" };
  return action === "replay" ? { kind: "replay", movedTo, ...(edit && { edit }) } : { kind: "purge" };
}

function targetOf(entry: DeadLetterEntry, action: QueueAction, { settings, movedTo }: DlqRun): string | undefined {
  if (action === "move") return settings.change.to;
  return action === "replay" ? replayTarget(entry, movedTo) : undefined;
}

async function findAbsentTargets(outcome: DlqOutcome, browser: DeadLetterBrowser): Promise<void> {
  for (const target of outcome.targets) {
    if (target !== "" && (await browser.count(target)) === undefined) outcome.targetIsAbsent(target);
  }
}
