/** `tomodachi dlq list` and `show`: nothing leaves its queue. */
import type { DeadLetterDesk, Letter } from "../dead-letters/index.ts";
import { printable } from "../util/printable.ts";
import type { DlqRun } from "./dlq-run.ts";
import { letterJson, letterLines } from "./dlq-show.ts";
import { messages, QueueSummary } from "./dlq-summary.ts";

export async function listQueue(name: string, desk: DeadLetterDesk, run: DlqRun): Promise<void> {
  const summary = new QueueSummary(name);
  await look(name, desk, run, (letter) => summary.add(letter));
  run.totals.done += summary.messages;
  const lines = run.settings.json ? [JSON.stringify(summary.json())] : summary.lines(Date.now());
  for (const line of lines) run.say(line);
}

export async function showQueue(name: string, desk: DeadLetterDesk, run: DlqRun): Promise<void> {
  const { json, limit } = run.settings;
  let shown = 0;
  const show = (letter: Letter): void => {
    shown++;
    run.progress.clear();
    if (shown === 1 && !json) run.say(printable(name));
    const lines = json ? [JSON.stringify(letterJson(letter))] : letterLines(letter, shown, Date.now());
    for (const line of lines) run.say(line);
  };
  const standing = await look(name, desk, run, show, limit);
  run.totals.done += shown;
  if (json || shown === 0) return;
  const more = shown === limit && standing > shown ? "; --limit shows more" : "";
  run.say(`${shown} of ${messages(standing)} in ${printable(name)}${more}`);
  run.say("");
}

/** Gives how many messages stand in the queue. */
async function look(
  queue: string,
  desk: DeadLetterDesk,
  run: DlqRun,
  take: (letter: Letter) => void,
  limit?: number,
): Promise<number> {
  const { matches, signal, progress } = run;
  const report = await desk.work({
    queue,
    action: { kind: "look" },
    signal,
    matches,
    limit,
    done: (letter) => {
      if (letter.id !== undefined) run.foundIds.add(letter.id);
      take(letter);
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
