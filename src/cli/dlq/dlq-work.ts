/** Runs one action of `tomodachi dlq` on the queues of one broker. */
import type { DeadLetterBrowser } from "../../dead-letters/index.ts";
import { changeQueue, refuseTarget } from "./dlq-change.ts";
import { mayPurge } from "./dlq-confirm.ts";
import { importFile } from "./dlq-import.ts";
import { exportQueue, listQueue, sayAbsent, showQueue } from "./dlq-look.ts";
import type { DlqRun } from "./dlq-run.ts";
import { notThere, type TargetQueue } from "./dlq-targets.ts";

const looks = { list: listQueue, show: showQueue, export: exportQueue } as const;

/** Returns the exit code. */
export async function workOn(queues: readonly TargetQueue[], browser: DeadLetterBrowser, run: DlqRun): Promise<number> {
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
