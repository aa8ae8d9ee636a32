/** The consumers of one queue and the next one: the highest priority first, in turn among equals; or one active at a time. */

/** A consumer as its queue sees it; the channel implements it. */
export interface QueueConsumer<Entry> {
  readonly priority: number;
  readonly exclusive: boolean;
  /** Deliveries count as acknowledged at once. */
  readonly noAck: boolean;
  /** Held a delivery too long, and has not settled it. */
  readonly isTimedOut: boolean;
  /** As the active one of a queue: everything that it holds is too old. */
  readonly givesWay: boolean;
  /** Has credit, and a connection that can take more. */
  readonly canTake: boolean;
  deliver(entry: Entry): void;
  /** The queue was deleted. */
  cancelledByBroker(): void;
}

interface Group<C> {
  readonly priority: number;
  readonly consumers: C[];
  /** Whose turn is next. */
  turn: number;
}

export class QueueConsumers<Entry, C extends QueueConsumer<Entry> = QueueConsumer<Entry>> {
  readonly #singleActive: boolean;
  /** Highest priority first. */
  readonly #groups: Group<C>[] = [];
  /** Of all, in the order they came. */
  readonly #all = new Set<C>();
  #active: C | undefined;

  constructor(singleActive: boolean) {
    this.#singleActive = singleActive;
  }

  get size(): number {
    return this.#all.size;
  }

  get exclusive(): boolean {
    for (const { exclusive } of this.#all) return exclusive;
    return false;
  }

  [Symbol.iterator](): Iterator<C> {
    return this.#all.values();
  }

  add(consumer: C): void {
    this.#all.add(consumer);
    let group = this.#groups.find(({ priority }) => priority === consumer.priority);
    if (!group) {
      group = { priority: consumer.priority, consumers: [], turn: 0 };
      this.#groups.push(group);
      this.#groups.sort((one, other) => other.priority - one.priority);
    }
    group.consumers.push(consumer);
    if (this.#singleActive) this.#active ??= consumer;
  }

  #firstInTime(): C | undefined {
    for (const { consumers } of this.#groups) {
      const found = consumers.find(({ isTimedOut }) => !isTimedOut);
      if (found) return found;
    }
    return undefined;
  }

  /** False when it was not there. */
  remove(consumer: C): boolean {
    if (!this.#all.delete(consumer)) return false;
    const groupAt = this.#groups.findIndex(({ priority }) => priority === consumer.priority);
    const group = this.#groups[groupAt] as Group<C>;
    const at = group.consumers.indexOf(consumer);
    group.consumers.splice(at, 1);
    if (at < group.turn) group.turn--;
    if (group.consumers.length === 0) this.#groups.splice(groupAt, 1);
    if (this.#active === consumer) this.#active = this.#firstInTime();
    return true;
  }

  /** A consumer held a delivery too long, or has settled it: another consumer may be the active one now. */
  timeoutsChanged(): void {
    if (this.#singleActive && (!this.#active || this.#active.givesWay)) this.#active = this.#firstInTime();
  }

  /** The consumer that gets the next message; undefined when none can take it. */
  next(): C | undefined {
    if (this.#singleActive) return this.#active?.canTake ? this.#active : undefined;
    for (const group of this.#groups) {
      const { consumers } = group;
      for (let tried = 0; tried < consumers.length; tried++) {
        const at = (group.turn + tried) % consumers.length;
        const consumer = consumers[at] as C;
        if (!consumer.canTake) continue;
        group.turn = at + 1;
        return consumer;
      }
    }
    return undefined;
  }
}
