/** Records what one service does while a page of the console is open: it counts everything, and keeps some of it. */
import type { ServiceInstance } from "../../service/instance.ts";
import type {
  DeliveryObserver,
  ObservedDelivery,
  ObservedSending,
  SendingObserver,
} from "../../service/observed-work.ts";
import { DeliveryRecord } from "./delivery-record.ts";
import { HandlerCounts } from "./handler-counts.ts";
import { PublishedCounts } from "./published-counts.ts";
import { SendingRecord } from "./sending-record.ts";
import type { MessageWatch } from "./switched-observer.ts";
import type { WatchParts } from "./watch-parts.ts";

export class ServiceWatch implements MessageWatch {
  readonly service: string;
  readonly published: PublishedCounts = new PublishedCounts();
  /** The counts by queue. */
  readonly counts: Map<string, HandlerCounts> = new Map();
  readonly #parts: WatchParts;

  constructor({ name }: ServiceInstance, parts: WatchParts) {
    this.service = name;
    this.#parts = parts;
  }

  delivered(delivery: ObservedDelivery): DeliveryObserver {
    const { queueName } = delivery;
    let counts = this.counts.get(queueName);
    if (!counts) {
      counts = new HandlerCounts();
      this.counts.set(queueName, counts);
    }
    return new DeliveryRecord(delivery, counts, this.#parts);
  }

  sending(sending: ObservedSending): SendingObserver {
    return new SendingRecord(sending, this.published, this.#parts.log);
  }

  tick(seconds: number): void {
    this.published.tick(seconds);
    for (const counts of this.counts.values()) counts.tick(seconds);
  }
}
