/**
 * Lanes: a lane for each key, in which one message at a time may run, in the order in which they came. Only the first of a
 * lane waits for a run, so that a busy lane does not delay the others.
 */

import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { AmqpContext } from "../contracts/message-context.ts";
import type { Incoming } from "../contracts/read-body.ts";
import { type OrderingKey, orderingKeyOf } from "../options/ordering-key.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { type ContextSource, DeliveryContext } from "../processing/delivery-context.ts";
import { createDeliveryReader } from "../processing/read-delivery.ts";
import { OrderedDeliveries, type OrderedDelivery } from "./ordered-deliveries.ts";

export interface LanesSettings {
  read(delivery: Delivery): Incoming | Promise<Incoming>;
  /** The key depends on what a message holds, so each is read when it comes; otherwise its run reads it. */
  readonly readsFirst: boolean;
  /** Undefined: the message needs no order. `incoming` is undefined unless `readsFirst`. */
  keyOf(delivery: Delivery, incoming: Incoming | undefined): OrderingKey | undefined;
  /** The first of its lane, or of no lane: it may run when there is room. */
  ready(delivery: Delivery): void;
}

interface Lane {
  readonly key: OrderingKey;
  first: OrderedDelivery;
  waiting: OrderedDelivery[];
}

export class Lanes {
  /** Everything that is here and has a place. */
  readonly deliveries: OrderedDeliveries;
  readonly #settings: LanesSettings;
  readonly #lanes = new Map<OrderingKey, Lane>();
  /** Came, and has no place yet. */
  #arrived: Delivery[] = [];
  #reading = false;
  /** May run, and was not said to be ready yet: a run that ends at once makes the next one ready. */
  readonly #due: Delivery[] = [];
  #tellingReady = false;

  constructor(settings: LanesSettings) {
    this.#settings = settings;
    this.deliveries = new OrderedDeliveries(settings.read);
  }

  /** Keys of the messages that are here. */
  get count(): number {
    return this.#lanes.size;
  }

  /** Messages that have not begun. */
  get waiting(): number {
    return this.deliveries.waiting + this.#arrived.length + (this.#reading ? 1 : 0);
  }

  accept(delivery: Delivery): void {
    // Deliveries of a closed channel are invalid, and come again.
    if (!delivery.live) return;
    this.#arrived.push(delivery);
    if (!this.#reading) this.#placeArrived();
  }

  /** The run has really ended: the lane's next may run. */
  ended(delivery: Delivery): void {
    const end = this.deliveries.ended(delivery);
    if (!end) return;
    if (end.runsAgain) this.#ready(delivery);
    else this.#advance(end.ordered);
  }

  /** The channel is closed: what has not started comes again. A running message keeps its lane until it has ended. */
  lost(): void {
    this.#arrived = [];
    this.deliveries.lost();
    for (const [key, lane] of this.#lanes) {
      lane.waiting = [];
      if (!lane.first.begun) this.#lanes.delete(key);
    }
  }

  #advance({ key }: OrderedDelivery): void {
    const lane = key === undefined ? undefined : this.#lanes.get(key);
    if (!lane) return;
    const next = lane.waiting.shift();
    if (next) {
      lane.first = next;
      this.#ready(next.delivery);
    } else this.#lanes.delete(lane.key);
  }

  /** One after another, also if reading takes time: in the order of arrival. */
  #placeArrived(): void {
    for (let delivery = this.#arrived.shift(); delivery; delivery = this.#arrived.shift()) {
      if (!this.#settings.readsFirst) {
        this.#place(delivery, undefined, undefined);
        continue;
      }
      try {
        const incoming = this.#settings.read(delivery);
        if (isPromise(incoming)) {
          void this.#placeLater(delivery, incoming);
          return;
        }
        this.#place(delivery, incoming, undefined);
      } catch (error) {
        this.#place(delivery, undefined, { error });
      }
    }
  }

  async #placeLater(delivery: Delivery, reading: Promise<Incoming>): Promise<void> {
    this.#reading = true;
    try {
      this.#place(delivery, await reading, undefined);
    } catch (error) {
      this.#place(delivery, undefined, { error });
    }
    this.#reading = false;
    this.#placeArrived();
  }

  #place(delivery: Delivery, incoming: Incoming | undefined, failure: OrderedDelivery["failure"]): void {
    // Its channel was closed while it was read.
    if (!delivery.live) return;
    const since = performance.now();
    const ordered: OrderedDelivery = { delivery, since, key: undefined, incoming, failure, begun: false, again: false };
    const key = this.#keyOf(ordered);
    ordered.key = key;
    this.deliveries.add(ordered);
    const lane = key === undefined ? undefined : this.#lanes.get(key);
    if (lane) {
      lane.waiting.push(ordered);
      return;
    }
    if (key !== undefined) this.#lanes.set(key, { key, first: ordered, waiting: [] });
    this.#ready(delivery);
  }

  /** In a loop: recursion would be as deep as the lane is long if all runs end at once. */
  #ready(delivery: Delivery): void {
    this.#due.push(delivery);
    if (this.#tellingReady) return;
    this.#tellingReady = true;
    for (let due = this.#due.shift(); due; due = this.#due.shift()) this.#settings.ready(due);
    this.#tellingReady = false;
  }

  #keyOf(ordered: OrderedDelivery): OrderingKey | undefined {
    if (ordered.failure) return undefined;
    try {
      return this.#settings.keyOf(ordered.delivery, ordered.incoming);
    } catch (error) {
      ordered.failure = { error };
      return undefined;
    }
  }
}

/** The lane of every message where one runs at a time. */
const onlyLane = 0;

/**
 * The lanes of a subscription. With `orderingKey` there is one for each key. With `singleActive` alone messages are placed as well,
 * because they go back as `OrderedConsumerControl` gives them back: in one lane with `concurrency: 1`, otherwise in none. Undefined without both.
 */
export function createLanes(
  plan: SubscriptionPlan,
  source: ContextSource,
  clock: Clock,
  ready: (delivery: Delivery) => void,
): Lanes | undefined {
  const { handler, runs } = plan;
  const { orderingKey } = runs;
  if (!orderingKey && !plan.queue.singleActive) return undefined;
  const withoutKeys = runs.concurrency === 1 ? onlyLane : undefined;
  return new Lanes({
    read: createDeliveryReader(plan, clock),
    readsFirst: orderingKey !== undefined,
    keyOf(delivery, incoming) {
      if (!orderingKey || !incoming) return withoutKeys;
      const { data, message, messageUuid } = incoming;
      const context = new DeliveryContext(source, delivery, message, messageUuid);
      return orderingKeyOf(orderingKey, data, context as unknown as AmqpContext, handler.label);
    },
    ready,
  });
}
