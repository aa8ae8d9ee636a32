/** Deliveries that wait for their run, first come first served, with the time since they are held. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { Fifo } from "../../../util/fifo.ts";

interface Held {
  readonly delivery: Delivery;
  /** As `performance.now()` says. */
  readonly since: number;
}

export class Backlog {
  readonly #held = new Fifo<Held>();

  get size(): number {
    return this.#held.size;
  }

  push(delivery: Delivery): void {
    this.#held.push({ delivery, since: performance.now() });
  }

  shift(): Delivery | undefined {
    return this.#held.shift()?.delivery;
  }

  /** Drops everything: the broker requeues the deliveries. */
  clear(): void {
    this.#held.takeAll();
  }

  /** Empties it. */
  takeAll(): Delivery[] {
    return this.#held.takeAll().map(({ delivery }) => delivery);
  }

  /** Puts everything back into the queue, in its order: quorum queues deliver what came back in the order it came. */
  giveBack(): number {
    const given = this.takeAll();
    for (const delivery of given) delivery.requeue();
    return given.length;
  }

  /** Puts everything back when the oldest has been held longer than this. Returns how many. */
  giveBackIfOlder(ms: number): number {
    const oldest = this.#held.first;
    return oldest && performance.now() - oldest.since > ms ? this.giveBack() : 0;
  }
}
