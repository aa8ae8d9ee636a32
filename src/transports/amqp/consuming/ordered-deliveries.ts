/** The deliveries of an ordered subscription from the moment they have a place until their slot is free again: what was read, and which run. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Incoming } from "../contracts/read-body.ts";
import type { OrderingKey } from "../options/ordering-key.ts";

export interface OrderedDelivery {
  readonly delivery: Delivery;
  readonly since: number;
  /** Undefined: it waits for no other. */
  key: OrderingKey | undefined;
  /** What was read when it came; undefined when its run has to read it. */
  incoming: Incoming | undefined;
  /** Why it cannot be read, or has no place. */
  failure: { readonly error: unknown } | undefined;
  begun: boolean;
  /** Runs again before the next message. */
  again: boolean;
}

export class OrderedDeliveries {
  readonly #read: (delivery: Delivery) => Incoming | Promise<Incoming>;
  /** In the order of arrival. */
  readonly #all = new Map<Delivery, OrderedDelivery>();
  #begun = 0;

  constructor(read: (delivery: Delivery) => Incoming | Promise<Incoming>) {
    this.#read = read;
  }

  /** Those that have not begun. */
  get waiting(): number {
    return this.#all.size - this.#begun;
  }

  /** For how long the oldest has been here that does not run, in milliseconds. */
  get oldestMs(): number {
    for (const { begun, since } of this.#all.values()) if (!begun) return performance.now() - since;
    return 0;
  }

  add(ordered: OrderedDelivery): void {
    this.#all.set(ordered.delivery, ordered);
  }

  began(delivery: Delivery): void {
    const ordered = this.#all.get(delivery);
    if (!ordered || ordered.begun) return;
    ordered.begun = true;
    this.#begun++;
  }

  /** For the run: what was read when the message came. Throws what reading it threw. */
  read(delivery: Delivery): Incoming | Promise<Incoming> {
    const ordered = this.#all.get(delivery);
    if (ordered?.failure) throw ordered.failure.error;
    return ordered?.incoming ?? this.#read(delivery);
  }

  /** The message keeps its place: when this run has ended it runs again, and the messages behind it wait. */
  again(delivery: Delivery): void {
    const ordered = this.#all.get(delivery);
    if (ordered) ordered.again = true;
  }

  /** Its run has really ended; undefined if the channel closed before it started. `runsAgain`: it keeps its place. */
  ended(delivery: Delivery): { readonly ordered: OrderedDelivery; readonly runsAgain: boolean } | undefined {
    const ordered = this.#all.get(delivery);
    if (!ordered) return undefined;
    if (ordered.begun) this.#begun--;
    ordered.begun = false;
    const runsAgain = ordered.again && delivery.live;
    if (runsAgain) {
      ordered.again = false;
      // The handler may have changed what it was given.
      ordered.incoming = undefined;
    } else this.#all.delete(delivery);
    return { ordered, runsAgain };
  }

  /** The channel is closed: what has not started comes again. */
  lost(): void {
    for (const [delivery, { begun }] of this.#all) if (!begun) this.#all.delete(delivery);
  }
}
