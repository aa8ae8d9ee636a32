/** What a channel delivered and waits to be told of, by delivery tag. */
import type { QueuedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";

export interface UnacknowledgedDelivery<Consumer> {
  readonly tag: number;
  readonly entry: QueuedMessage;
  readonly queue: Queue;
  /** Undefined for what `basic.get` took. */
  readonly consumer: Consumer | undefined;
  /** On the broker's clock. */
  readonly deliveredAt: number;
}

export class Unacknowledged<Consumer> {
  /** Tags grow, so the first is the oldest. */
  readonly #byTag = new Map<number, UnacknowledgedDelivery<Consumer>>();

  get size(): number {
    return this.#byTag.size;
  }

  get oldest(): UnacknowledgedDelivery<Consumer> | undefined {
    for (const delivery of this.#byTag.values()) return delivery;
    return undefined;
  }

  has(tag: number): boolean {
    return this.#byTag.has(tag);
  }

  add(delivery: UnacknowledgedDelivery<Consumer>): void {
    this.#byTag.set(delivery.tag, delivery);
  }

  /** Takes back what was taken: its settlement was rolled back. */
  restore(deliveries: readonly UnacknowledgedDelivery<Consumer>[]): void {
    const all = [...this.#byTag.values(), ...deliveries].sort((one, other) => one.tag - other.tag);
    this.#byTag.clear();
    for (const delivery of all) this.#byTag.set(delivery.tag, delivery);
  }

  /** One delivery; undefined when there is none of this tag. */
  takeOne(tag: number): UnacknowledgedDelivery<Consumer> | undefined {
    const delivery = this.#byTag.get(tag);
    if (delivery) this.#byTag.delete(tag);
    return delivery;
  }

  /** All up to the tag; 0 takes all there are (AMQP 0-9-1, basic.ack). */
  takeUpTo(tag: number): UnacknowledgedDelivery<Consumer>[] {
    const taken: UnacknowledgedDelivery<Consumer>[] = [];
    for (const [at, delivery] of this.#byTag) {
      if (tag !== 0 && at > tag) break;
      taken.push(delivery);
      this.#byTag.delete(at);
    }
    return taken;
  }
}
