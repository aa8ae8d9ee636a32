/** Deliveries of a channel that are not settled yet, by delivery tag. */
import type { QueuedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";

export interface UnacknowledgedDelivery<Consumer> {
  readonly tag: number;
  readonly entry: QueuedMessage;
  readonly queue: Queue;
  /** Undefined for what `basic.get` took. */
  readonly consumer: Consumer | undefined;
  /** On the broker's clock: until when it may be held; `Infinity` is forever. */
  readonly due: number;
  /** The queue has taken the message back; the client may still settle the tag. */
  timedOut: boolean;
}

/** More empty places than taken ones, and than this, are worth a copy of the rest. */
const slack = 64;

/**
 * Sorted by tag in two arrays, with empty places where a settlement came out of turn. Not a map by tag: one that is emptied and
 * filled with every message keeps settled messages in memory (docs/decisions/0051).
 */
export class Unacknowledged<Consumer> {
  #tags: number[] = [];
  #deliveries: (UnacknowledgedDelivery<Consumer> | undefined)[] = [];
  /** The first place that is taken, or the end. */
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Those that wait, the oldest first. */
  *[Symbol.iterator](): Iterator<UnacknowledgedDelivery<Consumer>> {
    for (let place = this.#head; place < this.#deliveries.length; place++) {
      const delivery = this.#deliveries[place];
      if (delivery) yield delivery;
    }
  }

  has(tag: number): boolean {
    return this.#deliveries[this.#placeOf(tag)]?.tag === tag;
  }

  /** Tags grow. */
  add(delivery: UnacknowledgedDelivery<Consumer>): void {
    this.#tags.push(delivery.tag);
    this.#deliveries.push(delivery);
    this.#size++;
  }

  /** Takes back what was taken: its settlement was rolled back. */
  restore(deliveries: readonly UnacknowledgedDelivery<Consumer>[]): void {
    const all = [...this.takeUpTo(0), ...deliveries].sort((one, other) => one.tag - other.tag);
    for (const delivery of all) this.add(delivery);
  }

  /** One delivery; undefined if the tag is unknown. */
  takeOne(tag: number): UnacknowledgedDelivery<Consumer> | undefined {
    const place = this.#placeOf(tag);
    const delivery = this.#deliveries[place];
    if (delivery?.tag !== tag) return undefined;
    this.#deliveries[place] = undefined;
    this.#size--;
    this.#tidy();
    return delivery;
  }

  /** All up to the tag; 0 takes all there are (AMQP 0-9-1, basic.ack). */
  takeUpTo(tag: number): UnacknowledgedDelivery<Consumer>[] {
    const taken: UnacknowledgedDelivery<Consumer>[] = [];
    for (let place = this.#head; place < this.#deliveries.length; place++) {
      const delivery = this.#deliveries[place];
      if (!delivery) continue;
      if (tag !== 0 && delivery.tag > tag) break;
      taken.push(delivery);
      this.#deliveries[place] = undefined;
    }
    this.#size -= taken.length;
    this.#tidy();
    return taken;
  }

  /** The position of the tag, or where it would be. */
  #placeOf(tag: number): number {
    let [low, high] = [this.#head, this.#tags.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#tags[middle] as number) < tag) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves past what is empty at the front, and closes the gaps once they are most of it. */
  #tidy(): void {
    while (this.#head < this.#deliveries.length && this.#deliveries[this.#head] === undefined) this.#head++;
    const places = this.#deliveries.length;
    if (this.#size > 0 && places - this.#size < Math.max(slack, this.#size)) return;
    if (this.#size === 0) {
      this.#tags.length = 0;
      this.#deliveries.length = 0;
    } else {
      const left = this.#deliveries.filter((delivery) => delivery !== undefined);
      this.#tags = left.map(({ tag }) => tag);
      this.#deliveries = left;
    }
    this.#head = 0;
  }
}
