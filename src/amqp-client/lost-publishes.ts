/** What becomes of publishes whose channel is gone before their answer. */
import type { Confirmation } from "./confirms.ts";
import { type Culprit, exchangeError, isCulprit, type Reply, refusedError, unknownError } from "./publish-errors.ts";

export interface ChannelEnd {
  /** What the broker closed the channel for, or how the connection went. */
  readonly reply: Reply;
  /** The broker closed the channel alone, because of one of the publishes. */
  readonly refused: boolean;
  readonly culprit: Culprit | undefined;
}

/** Rejects those that are to blame, and those that may not be published again; gives back those that are. */
export function settleLost(
  lost: readonly Confirmation[],
  { reply, refused, culprit }: ChannelEnd,
  republishUnknown: boolean,
): Confirmation[] {
  const again: Confirmation[] = [];
  for (const entry of lost) {
    if (culprit !== undefined && isCulprit(entry, culprit)) entry.reject(exchangeError(entry, reply));
    else if (refused && culprit === undefined && lost.length === 1) entry.reject(refusedError(entry, reply));
    // It may be stored: the broker closes the channel for something else while confirms are on their way.
    else if (republishUnknown) again.push(entry);
    else entry.reject(unknownError(entry, reply.replyText));
  }
  return again;
}
