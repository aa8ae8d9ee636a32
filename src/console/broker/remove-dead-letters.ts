/** Deletes dead letters that the page showed: like `tomodachi dlq purge`, but each message is found again by its key. */
import type { RemovalReport } from "../view/message-view.ts";
import type { DeadLetterLooks } from "./dead-letter-looks.ts";
import { WantedEntries } from "./wanted-entries.ts";

export interface RemovalTask {
  readonly queue: string;
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
}

/** A message that is not found stays, and is reported. Rejects if the connection is lost; the messages deleted before that stay deleted. */
export async function removeDeadLetters(
  { queue, keys, signal }: RemovalTask,
  looks: DeadLetterLooks,
): Promise<RemovalReport> {
  const wanted = new WantedEntries(keys);
  const problems: string[] = [];
  let removed = 0;
  await looks.work(queue, signal, async (browser) => {
    const { why } = await browser.work({
      queue,
      action: { kind: "purge" },
      signal,
      limit: wanted.count,
      matches: wanted.matches,
      done: (_entry, result) => {
        if (result === "removed") removed++;
      },
    });
    const missing = wanted.missingText(removed);
    if (why !== undefined) problems.push(`It ended early: ${why}.`);
    else if (missing !== undefined) problems.push(missing);
  });
  return { removed, problems };
}
