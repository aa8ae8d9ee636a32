/** Deliveries that wait for their run, first come first served, with the time since they are held. */
import type { Delivery } from "../../amqp-client/delivery.ts";

export class Backlog {
  #deliveries: Delivery[] = [];
  #since: number[] = [];
  #head = 0;

  get size(): number {
    return this.#deliveries.length - this.#head;
  }

  push(delivery: Delivery): void {
    this.#deliveries.push(delivery);
    this.#since.push(performance.now());
  }

  shift(): Delivery | undefined {
    const delivery = this.#deliveries[this.#head];
    if (delivery === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#deliveries.length) {
      this.#deliveries.length = 0;
      this.#since.length = 0;
      this.#head = 0;
    }
    return delivery;
  }

  /** Forgets everything: the deliveries went back to the queue by themselves. */
  clear(): void {
    this.#deliveries = [];
    this.#since = [];
    this.#head = 0;
  }

  /** Empties it. */
  takeAll(): Delivery[] {
    const taken = this.#deliveries.slice(this.#head);
    this.clear();
    return taken;
  }

  /** Puts everything back into the queue, in its order: quorum queues deliver what came back in the order it came. */
  giveBack(): number {
    const given = this.takeAll();
    for (const delivery of given) delivery.requeue();
    return given.length;
  }

  /** Puts everything back when the oldest has been held longer than this. Returns how many. */
  giveBackIfOlder(ms: number): number {
    const oldest = this.#since[this.#head];
    return oldest !== undefined && performance.now() - oldest > ms ? this.giveBack() : 0;
  }
}
