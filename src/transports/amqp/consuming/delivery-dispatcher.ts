/**
 * Decides when a delivery may run: limits on how many run at once, and the quarantine. The quarantine protects other messages from
 * a message that crashes the process.
 *
 * A delivery that came back three times or more (`x-delivery-count`) may be the one that ended the process. It runs with nothing
 * else of its queue in flight, so that only its own count grows towards the broker's delivery limit. For the same reason a queue
 * with a backlog is first consumed one message at a time, until its first messages have run without a crash.
 */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { Backlog } from "./backlog.ts";
import type { ConcurrencyLimiter, SlotWaiter } from "./concurrency-limiter.ts";

/** A delivery with this count or more is a suspect. */
const suspectCount = 3;

/** The parts that the dispatcher calls. Both are built on the dispatcher, so it gets them when it starts. */
export interface DispatchTargets {
  readonly runs: {
    /** Never rejects; calls `ended()` once when the slot is free again. */
    run(delivery: Delivery): Promise<void>;
  };
  /** The only owner of the prefetch. */
  readonly control: {
    /** The broker hands over one by one; calls back when it knows of it, or never will. */
    startOneByOne(changed: () => void): void;
    endOneByOne(): void;
  };
}

export interface DeliveryDispatcherSettings {
  readonly limiter: ConcurrencyLimiter;
  readonly globalLimit: number;
  readonly concurrency: number;
  /** What the broker may hand over when all is well. */
  readonly prefetch: number;
  /** Start one by one: the queue has a backlog, and counts its deliveries. */
  readonly careful: boolean;
  /** Messages keep their order: nothing is requeued alone; the consumer control closes the channel instead. @default false */
  readonly ordered?: boolean;
  /** The queue's count of earlier deliveries of a message. */
  countOf(delivery: Delivery): number;
  /** Called with the first suspect after successful messages. */
  quarantined(delivery: Delivery): void;
}

/** Nothing comes before the start; what did, would go back. */
const notStarted: DispatchTargets = {
  runs: { run: async (delivery) => void delivery.requeue() },
  control: { startOneByOne: () => {}, endOneByOne: () => {} },
};

export class DeliveryDispatcher implements SlotWaiter {
  readonly #settings: DeliveryDispatcherSettings;
  readonly #backlog = new Backlog();
  #targets = notStarted;
  #running = 0;
  #closed: false | "begins nothing" | "given back" = false;
  #held = false;
  #pumping = false;
  #oneAtATime = false;
  /** One by one: at a careful start, and while there are suspects. */
  #single: boolean;
  /** Successful deliveries that are still needed before more than one runs at a time. */
  #soundNeeded: number;
  /** What came in excess of the single file before the broker knew of it; undefined once it does. */
  #excess: Delivery[] | undefined;

  constructor(settings: DeliveryDispatcherSettings) {
    this.#settings = settings;
    this.#single = settings.careful;
    this.#soundNeeded = 1;
  }

  /** From now on a delivery may come. */
  start(targets: DispatchTargets): void {
    this.#targets = targets;
  }

  /** How many may run at once now. */
  get mostAtOnce(): number {
    return this.#single || this.#oneAtATime ? 1 : this.#settings.concurrency;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#backlog.size + (this.#excess?.length ?? 0);
  }

  accept(delivery: Delivery): void {
    if (this.#closed) {
      // It waits with the others until the broker sends no more: if it were requeued sooner, it would come again at once.
      if (this.#closed === "given back") delivery.requeue();
      else this.#backlog.push(delivery);
      return;
    }
    if (this.#settings.countOf(delivery) >= suspectCount) this.#quarantine(delivery);
    else if (this.#single) this.#acceptSound(delivery);
    else if (this.#backlog.size === 0 && this.#takeTurn()) this.#begin(delivery);
    else this.#backlog.push(delivery);
  }

  slotFreed(): void {
    this.#pump();
  }

  /** A run has ended and its slot is free. */
  ended(): void {
    this.#running--;
    this.#settings.limiter.release();
    this.#pump();
  }

  /** The channel is closed: the broker requeued what waits. */
  lost(): void {
    this.#backlog.clear();
    if (this.#excess) this.#excess = [];
  }

  /** Starts nothing more. */
  close(): void {
    this.#closed = "begins nothing";
    this.#settings.limiter.forget(this);
  }

  /** Starts nothing until `go`; new deliveries wait. */
  hold(): void {
    this.#held = true;
  }

  go(): void {
    this.#held = false;
    this.#pump();
  }

  /** Runs one at a time, whatever the limit is. */
  limitToOne(on: boolean): void {
    this.#oneAtATime = on;
    if (!on) this.#pump();
  }

  /** Requeues what has not started. Call it when the broker sends no more for a while. */
  giveBackWaiting(): number {
    return this.#backlog.giveBack();
  }

  /** Requeues deliveries that have not started, and from now on everything that still comes. Call it when the broker sends no more. */
  giveBack(): number {
    this.#closed = "given back";
    this.#giveBackExcess();
    return this.#backlog.giveBack();
  }

  /** Requeues what has waited too long for the broker's consumer timeout. */
  giveBackIfOlder(ms: number): number {
    return this.#backlog.giveBackIfOlder(ms);
  }

  #quarantine(delivery: Delivery): void {
    this.#soundNeeded = this.#settings.prefetch;
    if (!this.#single) {
      this.#single = true;
      this.#settings.quarantined(delivery);
      if (!this.#settings.ordered) this.#excess = this.#backlog.takeAll();
      this.#targets.control.startOneByOne(this.#giveBackExcess);
    }
    this.#hold(delivery);
  }

  #acceptSound(delivery: Delivery): void {
    // A delivery that is requeued, or waits behind others, says nothing about the queue yet.
    if (!this.#hold(delivery)) return;
    this.#soundNeeded--;
    if (this.#soundNeeded > 0) return;
    this.#single = false;
    this.#targets.control.endOneByOne();
  }

  /**
   * In single file the broker hands over one at a time. What comes before it knows of that goes back when it does, this one
   * too: given back sooner it would come again at once, and again, and each time counts. False when others wait before it.
   */
  #hold(delivery: Delivery): boolean {
    if (this.#excess) {
      this.#excess.push(delivery);
      return false;
    }
    const isNext = this.#backlog.size === 0;
    this.#backlog.push(delivery);
    this.#pump();
    return isNext;
  }

  readonly #giveBackExcess = (): void => {
    const excess = this.#excess ?? [];
    this.#excess = undefined;
    for (const delivery of excess) delivery.requeue();
  };

  /** In one loop: otherwise each run that ends at once would start the next one a few calls deeper. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#backlog.size > 0 && this.#takeTurn()) {
      const delivery = this.#backlog.shift();
      if (delivery?.live) this.#begin(delivery);
      else this.#settings.limiter.release();
    }
    this.#pumping = false;
  }

  /** Takes a slot for one more run, if one may start now. */
  #takeTurn(): boolean {
    const { limiter, globalLimit } = this.#settings;
    return this.#running < this.mostAtOnce && !this.#closed && !this.#held && limiter.tryTake(globalLimit, this);
  }

  #begin(delivery: Delivery): void {
    this.#running++;
    void this.#targets.runs.run(delivery);
  }
}
