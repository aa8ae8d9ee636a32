/** Asks before dead letters are deleted. */
import { createInterface } from "node:readline/promises";
import { UsageError } from "../common/errors.ts";
import type { DlqRun } from "./dlq-run.ts";

/**
 * Whether the user allows the messages to be deleted.
 *
 * @throws UsageError if there is no terminal for the question, and no `--yes`
 */
export async function mayPurge(
  queues: readonly { readonly name: string; readonly count: number }[],
  { settings, signal, say }: DlqRun,
): Promise<boolean> {
  const filled = queues.filter(({ count }) => count > 0);
  if (settings.change.dryRun || settings.change.yes || filled.length === 0) return true;
  if (process.stdin.isTTY !== true) {
    throw new UsageError(
      "`tomodachi dlq purge` asks before it deletes messages, but standard input is not a terminal. Add --yes.",
    );
  }
  const where = filled.map(({ name, count }) => `${count} in ${name}`).join(", ");
  const filtered = settings.limit !== undefined || Object.values(settings.filter).some((value) => value !== undefined);
  const question = `Delete permanently${filtered ? " the matching messages of" : ""}: ${where}. Type yes: `;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(question, { signal }).catch(() => "");
    if (answer.trim().toLowerCase() === "yes") return true;
    say("Nothing was deleted.");
    return false;
  } finally {
    asking.close();
  }
}
