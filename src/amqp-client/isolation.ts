/**
 * Finds the publish that makes the broker close a channel or the connection. The broker gives a reason, but does not name the
 * publish. So every publish without an answer is sent again, one at a time. The publish that is alone when the broker closes again
 * is the offending one. All others are confirmed.
 */
import type { Confirmation } from "./confirms.ts";
import { exchangeError, refusedError, unknownError } from "./publish-errors.ts";
import type { ChannelEnd } from "./publishing-channel.ts";

/** The number of exchanges without a successful publish that are remembered. */
const mostRefused = 1000;

/** What happens to publishes whose channel is closed. */
export interface Verdict {
  /** To be sent again, oldest first. */
  readonly again: readonly Confirmation[];
  /** The one that caused it; it was rejected. */
  readonly offending: Confirmation | undefined;
}

export class Isolation {
  /** A publish to them was the cause, and none was confirmed since: by now, each would be. */
  readonly #refused = new Set<string>();

  /** Whether it must be alone in flight. */
  isSuspect({ suspicion, message }: Confirmation): boolean {
    return suspicion !== "none" || (this.#refused.size > 0 && this.#refused.has(message.exchange));
  }

  /** The broker has it. */
  confirmed(entry: Confirmation): void {
    entry.suspicion = "none";
    if (this.#refused.size > 0) this.#refused.delete(entry.message.exchange);
  }

  /** Rejects the offending one, and what may not be published again. */
  judge(lost: readonly Confirmation[], end: ChannelEnd, republishUnknown: boolean): Verdict {
    const offending = this.#findOffending(lost, end, republishUnknown);
    if (offending !== undefined) {
      this.#remember(offending, end);
      offending.reject(errorOf(offending, end));
      return { again: [], offending };
    }
    const again: Confirmation[] = [];
    for (const entry of lost) {
      if (end.closed !== undefined && entry.suspicion !== "connection") entry.suspicion = end.closed;
      // It may be stored: the broker closes the channel for another one while confirms are on their way.
      if (republishUnknown) again.push(entry);
      else entry.reject(unknownError(entry, end.reply.replyText));
    }
    return { again, offending: undefined };
  }

  /** Where nothing may be published again, the first time has to do. */
  #findOffending(
    lost: readonly Confirmation[],
    { closed }: ChannelEnd,
    republishUnknown: boolean,
  ): Confirmation | undefined {
    const [entry] = lost;
    if (closed === undefined || entry === undefined || lost.length > 1) return undefined;
    return this.#wasAlone(entry, closed, republishUnknown) ? entry : undefined;
  }

  /** On a connection others publish as well: alone on it is only what took the turn for that (`PublishTurn`). */
  #wasAlone(entry: Confirmation, closed: "channel" | "connection", republishUnknown: boolean): boolean {
    if (closed === "connection") return entry.suspicion === "connection";
    return this.isSuspect(entry) || !republishUnknown;
  }

  #remember({ message }: Confirmation, { reply }: ChannelEnd): void {
    if (reply.replyCode !== 403 && reply.replyCode !== 404) return;
    if (this.#refused.size >= mostRefused) this.#refused.clear();
    this.#refused.add(message.exchange);
  }
}

function errorOf(entry: Confirmation, { reply }: ChannelEnd): Error {
  // 403: no permission for the exchange or the key, or it is internal; 404: it is missing (AMQP 0-9-1, 1.8.3.6).
  const ofExchange = reply.replyCode === 403 || reply.replyCode === 404;
  return ofExchange ? exchangeError(entry, reply) : refusedError(entry, reply);
}
