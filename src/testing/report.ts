/** Describes what happened while a test waited for something else, as lines of text. */
import { messageOf } from "../errors.ts";
import type { OpenWork } from "../service/open-work.ts";
import type { Recorder } from "./recorder.ts";

/** The most lines for one kind of event. */
const mostLines = 8;

/** Everything that a recorder saw and what was still open at the end, one per line. If nothing happened, a line says so. */
export function seenInstead(recorder: Recorder, open: readonly OpenWork[]): string {
  const { runs, publications, subscriptions, unhandled, fromTest, running } = recorder;
  const lines = [
    ...counted(runs.all().map((run) => `${run.service}.${run.handler} ran: ${endOf(run.outcome, run.error)}`)),
    ...counted(running.map(({ service, handler }) => `${service.name}.${handler} is still running`)),
    ...counted(
      unhandled.map(({ service, handler, outcome }) =>
        "error" in outcome
          ? `${service}.${handler} was not called: ${endOf(outcome.kind, outcome.error)}`
          : `${service}.${handler} was not called: middleware did not call next()`,
      ),
    ),
    ...counted(publications.all().map((message) => publishLine(message.service, message))),
    ...counted(fromTest.map((message) => publishLine("the test", message))),
    ...open.filter(isOpen).map(openLine),
  ];
  if (lines.length === 0) lines.push("nothing at all");
  const bindings = subscriptions.map(
    ({ service, handler, patterns, queueName }) =>
      `${service.name}.${handler} is bound by ${patterns.map(quoted).join(", ")} (queue "${queueName}")`,
  );
  return [...lines, ...cut(bindings.sort())].map((line) => `\n  - ${line}`).join("");
}

function endOf(outcome: string, error: unknown): string {
  if (outcome === "acknowledge") return "done";
  if (outcome === "requeue") return "requeued";
  return `${outcome === "retry" ? "to be retried" : "dead-lettered"} (${firstLine(messageOf(error))})`;
}

function publishLine(who: string, message: { readonly routingKey: string; readonly reachedQueue: boolean }): string {
  return `${who} published "${message.routingKey}"${message.reachedQueue ? "" : ", which reached no queue"}`;
}

function isOpen({ queued, running, interrupted, parked = 0 }: OpenWork): boolean {
  return queued > 0 || running > 0 || interrupted || parked > 0;
}

/** `orders.onPaid: 2 in the queue, 1 running`. */
function openLine({ of, queued, running, pausing, interrupted, parked = 0 }: OpenWork): string {
  const parts = [
    queued > 0 && `${queued} in the queue`,
    running > pausing && `${running - pausing} running`,
    pausing > 0 && `${pausing} pausing before the next attempt`,
    parked > 0 && `${parked} waiting for ${parked === 1 ? "its" : "their"} due time on the broker`,
    interrupted && "no message is consumed at the moment",
  ];
  return `${of}: ${parts.filter(Boolean).join(", ")}`;
}

/** How many messages wait for a delayed retry. Instances of one service report the same queues, so each queue counts once. */
export function parkedIn(open: readonly OpenWork[]): number {
  const counts = new Map(open.map(({ of, parked = 0 }) => [of, parked]));
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Writes equal lines once, with their number. */
function counted(lines: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return cut([...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`)));
}

function cut(lines: readonly string[]): string[] {
  if (lines.length <= mostLines) return [...lines];
  return [...lines.slice(0, mostLines), `and ${lines.length - mostLines} more of these`];
}

function quoted(text: string): string {
  return `"${text}"`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
