// A delivery without a channel: it says what a test gave it, and writes down each settlement that is asked for.
import type { Delivery, DeliveryProperties } from "../../src/amqp-client/delivery.ts";

export interface DeliveryFields {
  readonly name?: string;
  readonly content?: string | Buffer;
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly redelivered?: boolean;
  readonly properties?: Partial<DeliveryProperties>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly deliveryCount?: number;
}

export class FakeDelivery {
  readonly name: string;
  readonly content: Buffer;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly properties: Partial<DeliveryProperties>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly deliveryCount: number;
  /** Every settlement asked for, whether it counts or not. */
  readonly settlements: ("acknowledge" | "requeue")[] = [];
  /** false: the channel is closed. */
  channelLives = true;

  constructor(fields: DeliveryFields = {}) {
    this.name = fields.name ?? "delivery";
    this.content = Buffer.from(fields.content ?? "body");
    this.exchange = fields.exchange ?? "amq.topic";
    this.routingKey = fields.routingKey ?? "order.paid";
    this.redelivered = fields.redelivered ?? false;
    this.properties = fields.properties ?? {};
    this.headers = fields.headers ?? {};
    this.deliveryCount = fields.deliveryCount ?? 0;
  }

  get live(): boolean {
    return this.settlements.length === 0 && this.channelLives;
  }

  acknowledge(): boolean {
    return this.#settle("acknowledge");
  }

  requeue(): boolean {
    return this.#settle("requeue");
  }

  /** As the code under test takes it. */
  get asDelivery(): Delivery {
    return this as unknown as Delivery;
  }

  #settle(how: "acknowledge" | "requeue"): boolean {
    const counts = this.live;
    this.settlements.push(how);
    return counts;
  }
}
