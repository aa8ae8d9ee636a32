/** Ready messages in the order of their positions: taken at the front, added at the back, restored to their old position. */
import type { QueuedMessage } from "./message.ts";

/** This many empty places at the front are worth a copy of the rest, if they are most of it. */
const compactFrom = 1024;

export class MessageLane {
  #items: (QueuedMessage | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): QueuedMessage | undefined {
    return this.#items[this.#head];
  }

  push(entry: QueuedMessage): void {
    this.#items.push(entry);
  }

  shift(): QueuedMessage | undefined {
    const entry = this.#items[this.#head];
    if (!entry) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > compactFrom && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Takes entries in the order of their positions and merges them in; cheap when they belong near the front. */
  putBack(entries: readonly QueuedMessage[]): void {
    const last = entries.at(-1);
    if (!last) return;
    const merged: QueuedMessage[] = [];
    let next = 0;
    for (let first = this.first; first && first.position < last.position; first = this.first) {
      while ((entries[next] as QueuedMessage).position < first.position) merged.push(entries[next++] as QueuedMessage);
      merged.push(first);
      this.#items[this.#head++] = undefined;
    }
    // One by one: a call cannot have a hundred thousand arguments.
    while (next < entries.length) merged.push(entries[next++] as QueuedMessage);
    if (merged.length <= this.#head) {
      this.#head -= merged.length;
      for (const [at, entry] of merged.entries()) this.#items[this.#head + at] = entry;
    } else {
      this.#items = [...merged, ...this.#items.slice(this.#head)];
      this.#head = 0;
    }
  }
}
