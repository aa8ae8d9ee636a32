/** `tomodachi dlq list` and `show`: nothing leaves its queue. */
import type { DeadLetterBrowser, DeadLetterEntry } from "../dead-letters/index.ts";
import { printable } from "../util/printable.ts";
import type { DlqRun } from "./dlq-run.ts";
import { entryJson, entryLines } from "./dlq-show.ts";
import { absentQueueJson, messages, QueueSummary } from "./dlq-summary.ts";

export async function listQueue(name: string, browser: DeadLetterBrowser, run: DlqRun): Promise<void> {
  const summary = new QueueSummary(name);
  await look(name, browser, run, (entry) => summary.add(entry));
  run.totals.done += summary.messages;
  const lines = run.settings.json ? [JSON.stringify(summary.json())] : summary.lines(Date.now());
  for (const line of lines) run.say(line);
}

/** A queue that does not exist, and does not have to. */
export function sayAbsent(queue: string, { settings, say }: DlqRun): void {
  if (!settings.json)
    say(`${printable(queue)}  does not exist: its service creates it at the start, or when it first needs it`);
  else if (settings.action === "list") say(JSON.stringify(absentQueueJson(queue)));
}

export async function showQueue(name: string, browser: DeadLetterBrowser, run: DlqRun): Promise<void> {
  const { json, limit } = run.settings;
  let shown = 0;
  const show = (entry: DeadLetterEntry): void => {
    shown++;
    run.progress.clear();
    if (shown === 1 && !json) run.say(printable(name));
    const lines = json ? [JSON.stringify(entryJson(entry))] : entryLines(entry, shown, Date.now());
    for (const line of lines) run.say(line);
  };
  const standing = await look(name, browser, run, show, limit);
  run.totals.done += shown;
  if (json || shown === 0) return;
  const more = shown === limit && standing > shown ? "; --limit shows more" : "";
  run.say(`${shown} of ${messages(standing)} in ${printable(name)}${more}`);
  run.say("");
}

/** Returns how many messages are in the queue. */
async function look(
  queue: string,
  browser: DeadLetterBrowser,
  run: DlqRun,
  take: (entry: DeadLetterEntry) => void,
  limit?: number,
): Promise<number> {
  const { matches, signal, progress } = run;
  const report = await browser.work({
    queue,
    action: { kind: "look" },
    signal,
    matches,
    limit,
    done: (entry) => {
      if (entry.id !== undefined) run.foundIds.add(entry.id);
      take(entry);
    },
    seen: (count, standing) => progress.show(() => `${printable(queue)}  ${count} of ${standing} looked at`),
  });
  progress.clear();
  run.totals.messages += report.standing;
  if (report.why !== undefined) run.totals.cutShort = true;
  if (report.why !== undefined && !signal.aborted)
    run.say(`${printable(queue)}  ended early: ${printable(report.why)}`);
  return report.standing;
}
