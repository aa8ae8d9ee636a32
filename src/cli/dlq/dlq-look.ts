/** `tomodachi dlq list` and `show`: no message leaves its queue. */
import type { DeadLetterBrowser, DeadLetterEntry } from "../../dead-letters/index.ts";
import { printable } from "../../util/printable.ts";
import type { DlqRun } from "./dlq-run.ts";
import { entryJson, entryLines } from "./dlq-show.ts";
import { absentQueueJson, causeLines, messages, QueueSummary } from "./dlq-summary.ts";
import { counted, jsonText } from "./dlq-text.ts";

export async function listQueue(name: string, browser: DeadLetterBrowser, run: DlqRun): Promise<void> {
  const summary = new QueueSummary(name);
  await look(name, browser, run, (entry) => summary.add(entry));
  run.totals.done += summary.messages;
  if (run.settings.json) run.say(JSON.stringify(summary.json()));
  else run.listed.push(summary);
}

/** First the causes over all queues, then each queue. */
export function sayListed({ listed, palette, say }: Pick<DlqRun, "listed" | "palette" | "say">): void {
  const now = Date.now();
  const summaries = listed.filter((one) => one instanceof QueueSummary);
  for (const line of causeLines(summaries, now, palette)) say(line);
  for (const one of listed) for (const line of one instanceof QueueSummary ? one.lines(now, palette) : [one]) say(line);
}

/** Reports a queue that does not exist, and does not have to. */
export function sayAbsent(queue: string, { settings, listed, say }: DlqRun): void {
  const line = `${printable(queue)}  does not exist: its service creates it at the start, or when it first needs it`;
  if (settings.action !== "list") {
    if (!settings.json && settings.action !== "export") say(line);
  } else if (settings.json) say(JSON.stringify(absentQueueJson(queue)));
  else listed.push(line);
}

export async function showQueue(name: string, browser: DeadLetterBrowser, run: DlqRun): Promise<void> {
  const { json, limit } = run.settings;
  let shown = 0;
  const show = (entry: DeadLetterEntry): void => {
    shown++;
    run.progress.clear();
    if (shown === 1 && !json) run.say(printable(name));
    const settings = { position: shown, now: Date.now(), palette: run.palette };
    const lines = json ? [jsonText(entryJson(entry))] : entryLines(entry, settings);
    for (const line of lines) run.say(line);
  };
  const standing = await look(name, browser, run, show, limit);
  run.totals.done += shown;
  if (json || shown === 0) return;
  const more = shown === limit && standing > shown ? "; --limit shows more" : "";
  run.say(`${shown} of ${messages(standing)} in ${printable(name)}${more}`);
  run.say("");
}

/** Writes each message as a line of JSON. The messages stay in the queue. */
export async function exportQueue(name: string, browser: DeadLetterBrowser, run: DlqRun): Promise<void> {
  let kept = 0;
  const keep = (entry: DeadLetterEntry): void => {
    kept++;
    run.keep(entry);
  };
  await look(name, browser, run, keep, run.settings.limit);
  run.totals.done += kept;
  // Written as progress, because the exported lines may be on standard output.
  run.progress.say(`${printable(name)}  ${counted(kept, "message")} exported`);
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
  if (report.why !== undefined && !signal.aborted) {
    const line = `${printable(queue)}  ended early: ${printable(report.why)}`;
    if (run.settings.action === "export") progress.say(line);
    else run.say(line);
  }
  return report.standing;
}
