/** The messages of a queue that wait for a consumer: in the queue's order; counted, and expired at the front. */

import type { QueuedMessage } from "./message.ts";
import { MessageLane } from "./message-lane.ts";
import type { ReadyOrder } from "./ready-order.ts";

export class ReadyMessages {
  readonly #order: ReadyOrder;
  /** Made when one is first needed. */
  readonly #lanes: (MessageLane | undefined)[] = [];
  #count = 0;
  #bytes = 0;
  /** How many have an end. */
  #expiring = 0;

  constructor(order: ReadyOrder) {
    this.#order = order;
  }

  get count(): number {
    return this.#count;
  }

  /** Of the bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  push(entry: QueuedMessage): void {
    this.#lane(entry).push(entry);
    this.#counted(entry, 1);
  }

  /** What is to be delivered next. */
  shift(): QueuedMessage | undefined {
    const lane = this.#next();
    const entry = this.#lanes[lane]?.shift();
    if (entry) this.#order.taken(lane);
    if (entry) this.#counted(entry, -1);
    return entry;
  }

  /** Each goes to its old place. */
  putBack(entries: readonly QueuedMessage[]): void {
    const byLane = new Map<MessageLane, QueuedMessage[]>();
    for (const entry of entries) {
      const lane = this.#lane(entry);
      const list = byLane.get(lane);
      if (list) list.push(entry);
      else byLane.set(lane, [entry]);
      this.#counted(entry, 1);
    }
    for (const [lane, list] of byLane) lane.putBack(list.sort((one, other) => one.position - other.position));
  }

  /** Removes expired messages from the front: a message that expired behind a valid one waits with it. */
  shiftExpired(now: number): readonly QueuedMessage[] {
    if (this.#expiring === 0) return [];
    const expired: QueuedMessage[] = [];
    for (let first = this.#first; first && first.expiresAt > 0 && first.expiresAt <= now; first = this.#first) {
      this.shift();
      expired.push(first);
    }
    return expired;
  }

  /** When the message at the front expires. */
  get nextExpiry(): number | undefined {
    return this.#expiring === 0 ? undefined : this.#first?.expiresAt || undefined;
  }

  get #first(): QueuedMessage | undefined {
    return this.#lanes[this.#next()]?.first;
  }

  #next(): number {
    return this.#order.next(this.#lanes.length, this.#isEmpty);
  }

  readonly #isEmpty = (lane: number): boolean => this.#lanes[lane]?.first === undefined;

  #lane({ message: { priority } }: QueuedMessage): MessageLane {
    const at = this.#order.laneOf(priority);
    let lane = this.#lanes[at];
    if (!lane) {
      lane = new MessageLane();
      this.#lanes[at] = lane;
    }
    return lane;
  }

  #counted(entry: QueuedMessage, by: 1 | -1): void {
    this.#count += by;
    this.#bytes += by * entry.message.content.bodySize;
    if (entry.expiresAt > 0) this.#expiring += by;
  }
}
