/** One delivered message, tied to the channel it came on. */
import type { Acknowledgements } from "./acknowledgements.ts";
import { deliveryCountOf } from "./delivery-count.ts";
import type { DeliveryProperties } from "./session/message-properties.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

export type { DeliveryProperties } from "./session/message-properties.ts";

/** A delivery is settled once: only the first call has an effect, and none after its channel is closed. */
export class Delivery {
  readonly #message: ReceivedMessage;
  readonly #acknowledgements: Acknowledgements;
  readonly #onSettled: () => void;
  #settled = false;

  constructor(message: ReceivedMessage, acknowledgements: Acknowledgements, onSettled: () => void) {
    this.#message = message;
    this.#acknowledgements = acknowledgements;
    this.#onSettled = onSettled;
  }

  /** A view into the bytes that were read: copy what you keep. */
  get content(): Buffer {
    return this.#message.content;
  }
  get exchange(): string {
    return this.#message.exchange;
  }
  /** Flags and property list, headers included, byte for byte. */
  get rawProperties(): Buffer {
    return this.#message.rawProperties;
  }
  /** As on the wire: with prefix, encoded. */
  get routingKey(): string {
    return this.#message.routingKey;
  }
  get redelivered(): boolean {
    return this.#message.redelivered;
  }
  /** Why its properties or headers cannot be read: then there are only those that can. */
  get unreadable(): Error | undefined {
    return this.#message.unreadable;
  }
  get properties(): DeliveryProperties {
    return this.#message.readableProperties;
  }
  get headers(): Readonly<Record<string, unknown>> {
    return this.#message.readableHeaders;
  }
  /** How often a quorum queue has delivered it before; 0 where the broker does not count. */
  get deliveryCount(): number {
    return deliveryCountOf(this.headers);
  }
  get settled(): boolean {
    return this.#settled;
  }
  /** It can still be settled: it is unsettled, and its channel is open. */
  get live(): boolean {
    return !this.#settled && this.#acknowledgements.live;
  }

  /** The message leaves its queue. False when it was settled before or its channel is closed. */
  acknowledge(): boolean {
    if (!this.#settle()) return false;
    this.#acknowledgements.acknowledge(this.#message.deliveryTag);
    return true;
  }

  /** The message goes back to its queue. */
  requeue(): boolean {
    if (!this.#settle()) return false;
    this.#acknowledgements.requeue(this.#message.deliveryTag);
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
