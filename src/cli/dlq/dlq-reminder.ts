/** What a person is told after a replay: it says that a message was sent to its queue, not that a handler was done with it. */
import { printable } from "../../util/printable.ts";
import type { DlqSettings } from "./dlq-arguments.ts";

/** Undefined where no message was replayed, and for programs, which get no more than the result. */
export function replayReminder(
  { action, change, json, paths, queues, url }: DlqSettings,
  replayed: number,
  isTerminal: boolean,
): string | undefined {
  if (action !== "replay" || change.dryRun || json || !isTerminal || replayed === 0) return undefined;
  const words = [
    ...paths.map(quoted),
    ...queues.map((queue) => `--queue ${quoted(queue)}`),
    // It may have a password.
    ...(url === undefined ? [] : ["--broker <url>"]),
  ];
  return printable(`A message that fails again comes back: tomodachi dlq list ${words.join(" ")}`);
}

function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : JSON.stringify(word);
}
