/** One delivered message, tied to the channel it came on. */
import type { ConsumeMessage } from "amqplib";
import type { Acknowledgements } from "./acknowledgements.ts";

/** AMQP's basic properties (AMQP 0-9-1, 1.8); what the sender left out is undefined. */
export interface DeliveryProperties {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly deliveryMode: number | undefined;
  readonly priority: number | undefined;
  readonly correlationId: string | undefined;
  readonly replyTo: string | undefined;
  readonly expiration: string | undefined;
  readonly messageId: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp: number | undefined;
  readonly type: string | undefined;
  readonly userId: string | undefined;
  readonly appId: string | undefined;
}

const noHeaders: Readonly<Record<string, unknown>> = Object.freeze({});

/** A delivery is settled once: the first call counts, and none does once its channel is gone. */
export class Delivery {
  readonly #message: ConsumeMessage;
  readonly #acknowledgements: Acknowledgements;
  readonly #onSettled: () => void;
  #settled = false;

  constructor(message: ConsumeMessage, acknowledgements: Acknowledgements, onSettled: () => void) {
    this.#message = message;
    this.#acknowledgements = acknowledgements;
    this.#onSettled = onSettled;
  }

  /** A view into the bytes that were read: copy what you keep. */
  get content(): Buffer {
    return this.#message.content;
  }
  get exchange(): string {
    return this.#message.fields.exchange;
  }
  /** As it stands on the wire: with prefix, encoded. */
  get routingKey(): string {
    return this.#message.fields.routingKey;
  }
  get redelivered(): boolean {
    return this.#message.fields.redelivered;
  }
  get properties(): DeliveryProperties {
    return this.#message.properties as DeliveryProperties;
  }
  get headers(): Readonly<Record<string, unknown>> {
    return this.#message.properties.headers ?? noHeaders;
  }
  /** How often a quorum queue has delivered it before; 0 where the broker does not count. */
  get deliveryCount(): number {
    const count = this.#message.properties.headers?.["x-delivery-count"];
    return typeof count === "number" ? count : 0;
  }
  get settled(): boolean {
    return this.#settled;
  }
  /** It can still be settled: nobody has, and its channel lives. */
  get live(): boolean {
    return !this.#settled && this.#acknowledgements.live;
  }

  /** The message leaves its queue. False when it was settled before or its channel is gone. */
  acknowledge(): boolean {
    if (!this.#settle()) return false;
    this.#acknowledgements.acknowledge(this.#message.fields.deliveryTag);
    return true;
  }

  /** The message goes back to its queue. */
  requeue(): boolean {
    if (!this.#settle()) return false;
    this.#acknowledgements.requeue(this.#message.fields.deliveryTag);
    return true;
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (!this.#acknowledgements.live) return false;
    this.#onSettled();
    return true;
  }
}
