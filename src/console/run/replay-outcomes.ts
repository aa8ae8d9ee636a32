/** How the last run of each replay ended, by the mark in the header of its copy. */
import { headerNames } from "../../transports/amqp/names/headers.ts";
import type { MessageOutcome } from "../view/live-view.ts";
import type { RecordedMessage } from "./recorded-message.ts";

export function replayOutcomes(kept: readonly RecordedMessage[]): ReadonlyMap<string, MessageOutcome> {
  const outcomes = new Map<string, MessageOutcome>();
  for (const { row, headers } of kept) {
    const mark = headers[headerNames.replay];
    if (row.kind === "handled" && typeof mark === "string") outcomes.set(mark, row.outcome);
  }
  return outcomes;
}
