/** `tomodachi dlq`: looks at dead letters, and replays, moves or purges them; the work itself is done by the browser. */

import { DeadLetterBrowser } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import { printable } from "../../util/printable.ts";
import { withServices } from "../loading/with-services.ts";
import type { DlqSettings } from "./dlq-arguments.ts";
import { beginRun } from "./dlq-begin.ts";
import { changeQueue, refuseTarget } from "./dlq-change.ts";
import { mayPurge } from "./dlq-confirm.ts";
import { importFile } from "./dlq-import.ts";
import { exportQueue, listQueue, sayAbsent, sayListed, showQueue } from "./dlq-look.ts";
import type { DlqRun } from "./dlq-run.ts";
import { addressOf, type DlqTarget, findTargets, notThere, type TargetQueue } from "./dlq-targets.ts";

/** Gives the exit code; undefined when another copy of the package took over the process. */
export function runDlq(settings: DlqSettings): Promise<number | undefined> {
  return withServices(settings, (services, logger) => {
    const targets = findTargets(services, settings, process.env, logger);
    return workThrough(targets, settings, logger);
  });
}

async function workThrough(targets: readonly DlqTarget[], settings: DlqSettings, logger: Logger): Promise<number> {
  const { run, end } = beginRun(settings);
  let code = 0;
  try {
    for (const target of targets) {
      const browser = new DeadLetterBrowser(target.connection, logger);
      try {
        await run.progress.during(`Connecting to ${addressOf(target)} ...`, browser.open(run.signal));
        code = Math.max(code, await workOn(target.queues, browser, { ...run, movedTo: target.movedTo }));
      } finally {
        run.progress.clear();
        await browser.close();
      }
    }
  } finally {
    // Also when the next broker cannot be reached.
    sayListed(run);
    end();
  }
  return Math.max(code, conclude(run));
}

const looks = { list: listQueue, show: showQueue, export: exportQueue } as const;

async function workOn(queues: readonly TargetQueue[], browser: DeadLetterBrowser, run: DlqRun): Promise<number> {
  const {
    action,
    change: { file },
  } = run.settings;
  if (action === "import") return importFile(file ?? "-", browser, run);
  const present: { readonly name: string; readonly count: number }[] = [];
  for (const queue of queues) {
    const count = await browser.count(queue.name);
    if (count !== undefined) present.push({ name: queue.name, count });
    else if (!queue.mayBeAbsent) throw notThere(queue.name);
    else if (!queue.hidden) sayAbsent(queue.name, run);
  }
  if (action === "list" || action === "show" || action === "export") {
    for (const { name } of present) await looks[action](name, browser, run);
    return run.totals.cutShort || run.signal.aborted ? 1 : 0;
  }
  await refuseTarget(browser, run, queues);
  if (action === "purge" && !(await mayPurge(present, run))) {
    run.totals.cutShort = true;
    return 1;
  }
  let code = 0;
  for (const { name, count } of present) {
    if (run.signal.aborted) code = 1;
    else if (count > 0) code = Math.max(code, await changeQueue(name, action, browser, run));
  }
  return code;
}

/** Last words over all queues. */
function conclude({ settings, signal, foundIds, totals, say }: Omit<DlqRun, "movedTo">): number {
  // What is not known to be there may be there all the same.
  if (totals.cutShort || signal.aborted) return 1;
  const missing = (settings.filter.ids ?? []).filter((id) => !foundIds.has(id));
  const isTold = settings.json || settings.action === "list" || settings.action === "export";
  if (!isTold && missing.length === 0 && totals.done + totals.stayed === 0) {
    say(totals.messages === 0 ? "There are no dead letters here." : `None of ${totals.messages} dead letters matched.`);
  }
  for (const id of missing)
    process.stderr.write(`tomodachi: there is no dead letter with the id "${printable(id)}" here\n`);
  return missing.length > 0 ? 1 : 0;
}
