/** The messages of a queue that wait for a consumer: by priority, then by position; counted, and expired at the front. */

import type { QueuedMessage } from "./message.ts";
import { MessageLane } from "./message-lane.ts";

export class ReadyMessages {
  /** One for each priority, the highest last; made when one is first needed. */
  readonly #lanes: (MessageLane | undefined)[] = [];
  readonly #highest: number;
  #count = 0;
  #bytes = 0;
  /** How many have an end. */
  #expiring = 0;

  /** @param highest the queue's `x-max-priority`; 0 where priorities do not count */
  constructor(highest: number) {
    this.#highest = highest;
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
    for (let priority = this.#lanes.length - 1; priority >= 0; priority--) {
      const entry = this.#lanes[priority]?.shift();
      if (entry) {
        this.#counted(entry, -1);
        return entry;
      }
    }
    return undefined;
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

  /** Takes what has expired from the front: what expired behind a living message waits with it. */
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
    for (let priority = this.#lanes.length - 1; priority >= 0; priority--) {
      const first = this.#lanes[priority]?.first;
      if (first) return first;
    }
    return undefined;
  }

  #lane({ message: { priority } }: QueuedMessage): MessageLane {
    const at = Math.min(priority, this.#highest);
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
