/**
 * When a publisher takes a new channel because the broker refuses what comes on the old one.
 *
 * A channel of RabbitMQ whose first publish meets a quorum queue without a leader remembers the node that crashed, and refuses
 * every later publish to that queue until that node is back (seen on 3.10.8); a new channel finds the new leader. A queue that
 * is full refuses as well and looks the same, so a new channel is taken at most once a second.
 */

/** Milliseconds between two new channels. */
const everyMs = 1000;
/** How long new publishes are held for the answers to those before them; one that gets none must not hold up all. */
const unconfirmedMs = 1000;

export class RefusedChannel {
  readonly #now: () => number;
  #since: number | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** basic.nack came. */
  refused(): void {
    if (this.#since !== undefined) return;
    const now = this.#now();
    if (now >= this.#nextAt) this.#since = now;
  }

  /** What to do before the next publish; after "replace" the caller uses a new channel. */
  next(unconfirmed: number): "send" | "wait" | "replace" {
    if (this.#since === undefined) return "send";
    const now = this.#now();
    if (unconfirmed > 0 && now - this.#since < unconfirmedMs) return "wait";
    this.#since = undefined;
    this.#nextAt = now + everyMs;
    return unconfirmed > 0 ? "send" : "replace";
  }
}
