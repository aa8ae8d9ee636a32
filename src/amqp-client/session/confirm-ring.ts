/** What was published on one channel and has no answer yet, by sequence number: a ring that grows, and never shifts. */

/** Places at first; always a power of two. */
const firstPlaces = 64;

export class ConfirmRing<T> {
  #places: (T | undefined)[] = new Array(firstPlaces).fill(undefined);
  /** The sequence number of the oldest place. RabbitMQ counts a channel's publishes from 1. */
  #first = 1;
  #next = 1;
  #size = 0;

  /** Entries without an answer. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next sequence number for what was just sent. */
  push(entry: T): number {
    if (this.#next - this.#first === this.#places.length) this.#grow();
    const sequence = this.#next++;
    this.#places[sequence & (this.#places.length - 1)] = entry;
    this.#size++;
    return sequence;
  }

  /** Takes out one entry; undefined when it was answered before, or never sent. */
  take(sequence: number): T | undefined {
    if (sequence < this.#first || sequence >= this.#next) return undefined;
    const place = sequence & (this.#places.length - 1);
    const entry = this.#places[place];
    if (entry === undefined) return undefined;
    this.#places[place] = undefined;
    this.#size--;
    if (sequence === this.#first) this.#skipEmpty();
    return entry;
  }

  /** Hands over every entry up to this sequence number, oldest first, as `basic.ack` with `multiple` means. */
  takeUpTo(sequence: number, each: (entry: T) => void): void {
    const last = Math.min(sequence, this.#next - 1);
    while (this.#first <= last) {
      const place = this.#first & (this.#places.length - 1);
      const entry = this.#places[place];
      this.#places[place] = undefined;
      this.#first++;
      if (entry === undefined) continue;
      this.#size--;
      each(entry);
    }
    this.#skipEmpty();
  }

  /** The oldest entry that matches; undefined if none does. */
  find(fits: (entry: T) => boolean): T | undefined {
    for (let sequence = this.#first; sequence < this.#next; sequence++) {
      const entry = this.#places[sequence & (this.#places.length - 1)];
      if (entry !== undefined && fits(entry)) return entry;
    }
    return undefined;
  }

  /** Takes out every entry that fits, oldest first. */
  takeWhere(fits: (entry: T) => boolean): T[] {
    const taken: T[] = [];
    const end = this.#next;
    for (let sequence = this.#first; sequence < end; sequence++) {
      const place = sequence & (this.#places.length - 1);
      const entry = this.#places[place];
      if (entry === undefined || !fits(entry)) continue;
      this.#places[place] = undefined;
      this.#size--;
      taken.push(entry);
    }
    this.#skipEmpty();
    return taken;
  }

  /** Empties the ring, oldest first; the next entry has number 1 again, as on a new channel. */
  takeAll(): T[] {
    const all = this.takeWhere(() => true);
    this.#first = 1;
    this.#next = 1;
    return all;
  }

  #skipEmpty(): void {
    const mask = this.#places.length - 1;
    while (this.#first < this.#next && this.#places[this.#first & mask] === undefined) this.#first++;
  }

  #grow(): void {
    const grown: (T | undefined)[] = new Array(this.#places.length * 2).fill(undefined);
    for (let sequence = this.#first; sequence < this.#next; sequence++) {
      grown[sequence & (grown.length - 1)] = this.#places[sequence & (this.#places.length - 1)];
    }
    this.#places = grown;
  }
}
