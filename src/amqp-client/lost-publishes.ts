/** What becomes of publishes whose channel is gone before their answer. */
import type { Confirmation } from "./confirms.ts";
import { exchangeError, isCulprit, refusedError, unknownError } from "./publish-errors.ts";
import type { ChannelEnd } from "./publishing-channel.ts";

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
