/** Replays the dead letters that the page selects, unchanged or with another body, and reports what happened to them. */
import { type DeadLetterEntry, type EditedBody, replayTarget } from "../../dead-letters/index.ts";
import { messageOf } from "../../errors.ts";
import { compactJson, isJsonText } from "../../util/json-layout.ts";
import type { ReplayReport } from "../view/message-view.ts";
import { type BodyChange, changedBody } from "./change-body.ts";
import type { DeadLetterLooks } from "./dead-letter-looks.ts";
import { WantedEntries } from "./wanted-entries.ts";
import { type MarkOutcomes, watchReplays } from "./watch-replays.ts";

/** What is replayed: all messages, or those with these keys; with another body for one of them, or the same change in each. */
export interface ReplayTask {
  readonly queue: string;
  /** The keys of the messages. @default every dead letter of the queue */
  readonly keys: readonly string[] | undefined;
  readonly edited?: { readonly key: string; readonly body: Buffer } | undefined;
  /** Changes of the bodies. A dead letter in which they cannot be made stays. @default none */
  readonly changes?: readonly BodyChange[] | undefined;
  readonly signal: AbortSignal;
}

export async function replayDeadLetters(
  { queue, keys, edited, changes = [], signal }: ReplayTask,
  looks: DeadLetterLooks,
  outcomes: MarkOutcomes,
): Promise<ReplayReport> {
  const wanted = new WantedEntries(keys);
  const problems = new Map<string, number>();
  const note = (problem: string): void => void problems.set(problem, (problems.get(problem) ?? 0) + 1);
  const marks = new Map<DeadLetterEntry, string>();
  const sent: string[] = [];
  let stayed = 0;
  let seen: Pick<ReplayReport, "handled" | "retrying" | "failedAgain"> = { handled: 0, retrying: 0, failedAgain: 0 };
  const edit = (entry: DeadLetterEntry): EditedBody => {
    if (edited && wanted.keyOf(entry) === edited.key) return laidOutAs(entry.message.content, edited.body);
    if (changes.length === 0) return undefined;
    try {
      return changedBody(entry.message, changes);
    } catch (error) {
      note(`It was not changed, because ${messageOf(error)}, so it stayed.`);
      return "keep";
    }
  };
  await looks.work(queue, signal, async (browser, { movedTo }) => {
    const report = await browser.work({
      queue,
      action: { kind: "replay", movedTo, edit, marked: (entry, mark) => void marks.set(entry, mark) },
      signal,
      limit: wanted.count,
      matches: wanted.matches,
      done: (entry, result) => {
        const mark = marks.get(entry);
        if (result === "sent" && mark !== undefined) return void sent.push(mark);
        stayed++;
        if (result !== "kept") note(problemText(result, replayTarget(entry, movedTo)));
      },
    });
    const missing = wanted.missingText(sent.length + stayed);
    if (report.why !== undefined) problems.set(`It ended early: ${report.why}.`, 1);
    else if (missing !== undefined) problems.set(missing, 1);
    const left = report.standing - sent.length;
    if (sent.length > 0) seen = await watchReplays({ queue, marks: sent, left, browser, outcomes, signal });
  });
  const told = [...problems].map(([text, count]) => (count > 1 ? `${text} (${count} messages)` : text));
  return { replayed: sent.length, stayed, ...seen, problems: told };
}

/** Writes the body on one line if it was on one line: an editor shows it on several. */
function laidOutAs(before: Buffer, edited: Buffer): Buffer {
  const text = edited.toString("utf8");
  return before.includes("\n") || !isJsonText(text) ? edited : Buffer.from(compactJson(text));
}

function problemText(result: string, target: string | undefined): string {
  if (target === undefined || result === "no target") return "Its headers do not say where it failed.";
  if (result === "returned") return `The queue "${target}" does not exist any more.`;
  return result === "refused" ? "The broker did not confirm its copy: it may be in both queues." : "It stayed.";
}
