/** `tomodachi dlq`: looks at dead letters, and replays, moves or purges them; the work itself is done by the browser. */

import { createEntryFilter, DeadLetterBrowser } from "../dead-letters/index.ts";
import type { Logger } from "../log/logger.ts";
import { printable } from "../util/printable.ts";
import type { DlqSettings } from "./dlq-arguments.ts";
import { changeQueue, refuseTarget } from "./dlq-change.ts";
import { mayPurge } from "./dlq-confirm.ts";
import { listQueue, sayAbsent, showQueue } from "./dlq-look.ts";
import { Progress } from "./dlq-progress.ts";
import type { DlqRun } from "./dlq-run.ts";
import { type DlqTarget, findTargets, type TargetQueue } from "./dlq-targets.ts";
import { QueueNotThereError } from "./errors.ts";
import { withServices } from "./with-services.ts";

const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Gives the exit code; undefined when another copy of the package took over the process. */
export function runDlq(settings: DlqSettings): Promise<number | undefined> {
  return withServices(settings, (services, logger) => {
    const targets = findTargets(services, settings, process.env, logger);
    return workThrough(targets, settings, logger);
  });
}

async function workThrough(targets: readonly DlqTarget[], settings: DlqSettings, logger: Logger): Promise<number> {
  const stopping = new AbortController();
  const progress = new Progress(process.stderr);
  const stop = (): void => {
    if (!stopping.signal.aborted)
      progress.say("Stopping after the messages in flight. Press again to stop at once; no message is lost.");
    stopping.abort();
  };
  // A second signal ends the process at once: what was not settled goes back to its queue by itself.
  for (const signal of stopSignals) process.once(signal, stop);
  const run: Omit<DlqRun, "movedTo"> = {
    settings,
    signal: stopping.signal,
    progress,
    say: (line) => void process.stdout.write(`${line}\n`),
    matches: createEntryFilter(settings.filter, Date.now()),
    foundIds: new Set(),
    totals: { done: 0, stayed: 0, messages: 0, cutShort: false },
  };
  let code = 0;
  for (const target of targets) {
    const browser = new DeadLetterBrowser(target.connection, logger);
    try {
      await browser.open(stopping.signal);
      code = Math.max(code, await workOn(target.queues, browser, { ...run, movedTo: target.movedTo }));
    } finally {
      run.progress.clear();
      await browser.close();
    }
  }
  return Math.max(code, conclude(run));
}

async function workOn(queues: readonly TargetQueue[], browser: DeadLetterBrowser, run: DlqRun): Promise<number> {
  const { action } = run.settings;
  const present: { readonly name: string; readonly count: number }[] = [];
  for (const queue of queues) {
    const count = await browser.count(queue.name);
    if (count !== undefined) present.push({ name: queue.name, count });
    else if (!queue.mayBeAbsent) throw notThere(queue.name);
    else if (!queue.hidden) sayAbsent(queue.name, run);
  }
  if (action === "list" || action === "show") {
    for (const { name } of present)
      await (action === "list" ? listQueue(name, browser, run) : showQueue(name, browser, run));
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
  if (!settings.json && missing.length === 0 && totals.done + totals.stayed === 0 && settings.action !== "list") {
    say(totals.messages === 0 ? "There are no dead letters here." : `None of ${totals.messages} dead letters matched.`);
  }
  for (const id of missing)
    process.stderr.write(`tomodachi: there is no dead letter with the id "${printable(id)}" here\n`);
  return missing.length > 0 ? 1 : 0;
}

function notThere(queue: string): QueueNotThereError {
  return new QueueNotThereError(
    `There is no queue "${queue}" on this broker, in this virtual host. Check the name (\`tomodachi dlq list service/\` shows a service's), and --broker or TOMODACHI_AMQP_URL.`,
  );
}
