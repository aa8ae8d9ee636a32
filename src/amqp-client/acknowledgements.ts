/**
 * Exactly one settlement for each delivery of one channel. Acknowledgements of one turn of the event loop are sent together:
 * as one cumulative ack up to the highest tag below which everything is settled, and singly above it.
 */

/** Where settlements go; the channel, or a recorder in a test. */
export interface SettlementSink {
  ack(deliveryTag: number, multiple: boolean): void;
  nack(deliveryTag: number): void;
}

/**
 * A channel of RabbitMQ passes this many settlements to a quorum queue at once (the soft limit of rabbit_fifo_client) and keeps the
 * rest until those are on disk; when the channel closes, what it keeps is forgotten, and the messages are delivered again.
 */
const takenAtOnce = 32;
/** Milliseconds without a frame after which a broker has taken all there were. */
const takeMs = 200;

/** Settled above the floor: its ack is still to be sent, or it was settled by its own frame. */
type Above = "to-send" | "sent";

export class Acknowledgements {
  readonly #sink: SettlementSink;
  readonly #above = new Map<number, Above>();
  /** Every tag up to this one is settled. Tags of a channel count from 1 (AMQP 0-9-1, 3.1.9). */
  #floor = 0;
  /** The highest tag at or below the floor whose ack is still to be sent; 0 if there is none. */
  #upTo = 0;
  #contiguous = 0;
  #single: number[] = [];
  #scheduled = false;
  #dead = false;
  /** Frames since the last pause of `takeMs`, and when the last one was sent, as `performance.now()` says. */
  #frames = 0;
  #lastAt = 0;

  constructor(sink: SettlementSink) {
    this.#sink = sink;
  }

  /** Whether what arrived can still be settled. */
  get live(): boolean {
    return !this.#dead;
  }

  /** For this many milliseconds the channel must stay open, or the broker may forget settlements. */
  get lingerMs(): number {
    if (this.#dead || this.#frames < takenAtOnce) return 0;
    return Math.max(0, takeMs - (performance.now() - this.#lastAt));
  }

  /** Acknowledges a delivery, at the end of this turn. Each tag once. */
  acknowledge(tag: number): void {
    if (this.#dead) return;
    if (tag === this.#floor + 1) {
      this.#floor = tag;
      this.#upTo = tag;
      this.#contiguous++;
      if (this.#above.size > 0) this.#raiseFloor();
    } else {
      this.#above.set(tag, "to-send");
      this.#single.push(tag);
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flushScheduled);
  }

  /** Requeues a delivery at once by its own frame: a later cumulative acknowledgement must not include it. */
  requeue(tag: number): void {
    if (this.#dead) return;
    this.#send("requeue", tag);
    this.#above.set(tag, "sent");
    this.#raiseFloor();
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    if (this.#dead) return;
    if (this.#upTo > 0) {
      this.#send(this.#contiguous > 1 ? "acknowledge up to" : "acknowledge", this.#upTo);
      this.#upTo = 0;
      this.#contiguous = 0;
    }
    if (this.#single.length === 0) return;
    const tags = this.#single;
    this.#single = [];
    for (const tag of tags) {
      // The cumulative acknowledgement included those that the floor has passed in the meantime.
      if (this.#above.get(tag) !== "to-send") continue;
      this.#above.set(tag, "sent");
      this.#send("acknowledge", tag);
    }
  }

  /** A channel that is closing throws. That is its end: what is unsettled comes again. */
  #send(what: "acknowledge" | "acknowledge up to" | "requeue", tag: number): void {
    if (this.#dead) return;
    const now = performance.now();
    this.#frames = now - this.#lastAt < takeMs ? this.#frames + 1 : 1;
    this.#lastAt = now;
    try {
      if (what === "requeue") this.#sink.nack(tag);
      else this.#sink.ack(tag, what === "acknowledge up to");
    } catch {
      this.die();
    }
  }

  /** The channel is closed: from now on settling has no effect. */
  die(): void {
    this.#dead = true;
    this.#above.clear();
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  #raiseFloor(): void {
    for (let next = this.#above.get(this.#floor + 1); next !== undefined; next = this.#above.get(this.#floor + 1)) {
      this.#floor++;
      this.#above.delete(this.#floor);
      if (next === "sent") continue;
      // RabbitMQ closes the channel when the tag of a cumulative ack is not outstanding, so it is always one of these.
      this.#upTo = this.#floor;
      this.#contiguous++;
    }
  }
}
