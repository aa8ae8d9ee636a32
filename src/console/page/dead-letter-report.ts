/** What the page says after a replay and after a deletion. */
import type { RemovalReport, ReplayReport } from "../view/message-view.ts";
import { amount, counted } from "../view/show-time.ts";

export interface ActionReport {
  readonly text: string;
  readonly kind: "good" | "bad";
}

/** Says that the messages were sent again, and what happened to them, as far as it was seen. */
export function replayText(report: ReplayReport): ActionReport {
  const { replayed, stayed, handled, retrying, failedAgain, problems } = report;
  const sent = `${counted(replayed, "message")} sent again to ${replayed === 1 ? "its queue" : "their queues"}`;
  const seen = [
    handled > 0 && `${amount(handled)} handled`,
    retrying > 0 && `${amount(retrying)} failed and ${retrying === 1 ? "waits" : "wait"} for a retry`,
    failedAgain > 0 &&
      `${amount(failedAgain)} failed again and ${failedAgain === 1 ? "is a dead letter" : "are dead letters"} again`,
    stayed > 0 && `${amount(stayed)} stayed`,
  ].filter((part) => part !== false);
  const text = seen.length === 0 ? `${sent}.` : `${sent}: ${seen.join(", ")}.`;
  return { text: [text, ...problems].join(" "), kind: problems.length + failedAgain > 0 ? "bad" : "good" };
}

export function removalText({ removed, problems }: RemovalReport): ActionReport {
  return {
    text: [`${counted(removed, "message")} deleted.`, ...problems].join(" "),
    kind: problems.length > 0 ? "bad" : "good",
  };
}
