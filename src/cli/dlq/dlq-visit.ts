/** Opens one broker for `tomodachi dlq`, works on it, and closes the connection. */
import { DeadLetterBrowser } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { DlqRun } from "./dlq-run.ts";
import { addressOf, type DlqTarget } from "./dlq-targets.ts";

export async function visit<T>(
  target: DlqTarget,
  { progress, signal }: Pick<DlqRun, "progress" | "signal">,
  logger: Logger,
  work: (browser: DeadLetterBrowser) => Promise<T>,
): Promise<T> {
  const browser = new DeadLetterBrowser(target.connection, logger);
  try {
    await progress.during(`Connecting to ${addressOf(target)} ...`, browser.open(signal));
    return await work(browser);
  } finally {
    progress.clear();
    await browser.close();
  }
}
