/** `tomodachi dlq`: shows dead letters, and replays, moves or deletes them. The class DeadLetterBrowser does the work. */

import type { Logger } from "../../log/logger.ts";
import { finalLine } from "../common/final-line.ts";
import { withServices } from "../loading/with-services.ts";
import type { DlqSettings } from "./dlq-arguments.ts";
import { beginRun } from "./dlq-begin.ts";
import { unknownId, withWholeIds } from "./dlq-ids.ts";
import { sayListed } from "./dlq-look.ts";
import { replayReminder } from "./dlq-reminder.ts";
import type { DlqRun } from "./dlq-run.ts";
import { type DlqTarget, findTargets } from "./dlq-targets.ts";
import { visit } from "./dlq-visit.ts";
import { workOn } from "./dlq-work.ts";

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runDlq(settings: DlqSettings): Promise<number | undefined> {
  return withServices(settings, (services, logger) => {
    const targets = findTargets(services, settings, process.env, logger);
    return workThrough(targets, settings, logger);
  });
}

async function workThrough(targets: readonly DlqTarget[], settings: DlqSettings, logger: Logger): Promise<number> {
  const { run: begun, end } = beginRun(settings);
  let run = begun;
  let code = 0;
  try {
    run = await withWholeIds(begun, targets, logger);
    for (const target of targets) {
      if (run.signal.aborted) break;
      const work = { ...run, movedTo: target.movedTo };
      code = Math.max(code, await visit(target, run, logger, (browser) => workOn(target.queues, browser, work)));
    }
  } finally {
    // Also if the next broker cannot be reached.
    sayListed(run);
    end();
  }
  return Math.max(code, conclude(run));
}

/** Prints the last lines over all queues. */
function conclude({ settings, signal, foundIds, totals, say }: Omit<DlqRun, "movedTo">): number {
  const reminder = replayReminder(settings, totals.done, process.stdout.isTTY);
  if (reminder !== undefined) say(reminder);
  // A queue that was not found may still exist if not everything was examined.
  if (totals.cutShort || signal.aborted) return 1;
  const missing = (settings.filter.ids ?? []).filter((id) => !foundIds.has(id));
  const isTold = settings.json || settings.action === "list" || settings.action === "export";
  if (!isTold && missing.length === 0 && totals.done + totals.stayed === 0) {
    say(totals.messages === 0 ? "There are no dead letters here." : `None of ${totals.messages} dead letters matched.`);
  }
  for (const id of missing) process.stderr.write(finalLine(unknownId(id)));
  return missing.length > 0 ? 1 : 0;
}
