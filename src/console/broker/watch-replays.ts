/** Watches replayed messages for a moment, because a replay that fails again is not a success. */
import type { DeadLetterBrowser } from "../../dead-letters/index.ts";
import { headerNames } from "../../transports/amqp/names/headers.ts";
import { wait } from "../../util/wait.ts";
import type { MessageOutcome } from "../view/live-view.ts";
import type { ReplayReport } from "../view/message-view.ts";
import { mostLooked } from "./dead-letter-looks.ts";

/** How the last run of each replay ended, as far as this process saw it. The key is the header `x-tomodachi-replay`. */
export type MarkOutcomes = () => ReadonlyMap<string, MessageOutcome>;

export interface ReplayWatch {
  readonly queue: string;
  readonly marks: readonly string[];
  /** How many messages are in the queue after the replay. */
  readonly left: number;
  readonly browser: Pick<DeadLetterBrowser, "count" | "work">;
  readonly outcomes: MarkOutcomes;
  readonly signal: AbortSignal;
}

/** How long the replayed messages are watched, in milliseconds. The page waits for the answer, so it is short. */
const watchedMs = 1000;
const pauseMs = 50;

/** Ends as soon as every outcome is known. */
export async function watchReplays(
  watch: ReplayWatch,
): Promise<Pick<ReplayReport, "handled" | "retrying" | "failedAgain">> {
  const { marks, outcomes, signal } = watch;
  const until = performance.now() + watchedMs;
  let seen = outcomes();
  while (performance.now() < until && marks.some((mark) => !seen.has(mark))) {
    await wait(pauseMs, signal);
    seen = outcomes();
  }
  const known = marks.flatMap((mark) => seen.get(mark) ?? []);
  const failedAgain = known.filter((outcome) => outcome === "dead-letter").length;
  const unknown = marks.filter((mark) => !seen.has(mark));
  return {
    handled: known.filter((outcome) => outcome === "acknowledge" || outcome === "duplicate").length,
    retrying: known.filter((outcome) => outcome === "retry" || outcome === "requeue").length,
    failedAgain: failedAgain + (unknown.length > 0 ? await cameBack(watch, unknown, failedAgain) : 0),
  };
}

/** If another process handles the messages: those that are in the queue again. A long queue is not searched for them. */
async function cameBack(
  { queue, left, browser, signal }: ReplayWatch,
  unknown: readonly string[],
  known: number,
): Promise<number> {
  const count = (await browser.count(queue)) ?? 0;
  if (count <= left + known || count > mostLooked) return 0;
  const marks = new Set(unknown);
  let found = 0;
  await browser.work({
    queue,
    action: { kind: "look" },
    signal,
    limit: marks.size,
    matches: ({ message }) => marks.delete(String(message.headers[headerNames.replay])),
    done: () => void found++,
  });
  return found;
}
