/** The window of unconfirmed publishes: in the order in which they were sent, until each is confirmed, refused or lost. */
import { AmqpPublishError } from "./errors.ts";
import type { OutgoingMessage, PublishReceipt } from "./outgoing-message.ts";
import { ConfirmRing } from "./session/confirm-ring.ts";

/** What a publish was in flight on when the broker closed it: a channel, or the whole connection. */
export type Suspicion = "none" | "channel" | "connection";

const stored: PublishReceipt = Object.freeze({ returned: false });

/** The calls from the window to its publisher. */
export interface ConfirmsHost {
  /** This many publishes have their answer, so there is room. */
  settled(count: number): void;
  /** The broker has it. */
  accepted(entry: Confirmation): void;
  /** The broker refused a publish (basic.nack). */
  refused(): void;
  /** The broker has confirmed it, and no queue got it. */
  returned(entry: Confirmation): void;
}

/** One publish on its way. */
export interface Confirmation {
  readonly message: OutgoingMessage;
  readonly deadline: number;
  /** The maximum size of the frame with its properties; 0 if every frame is large enough. */
  readonly propertyBytes: number;
  /** It was in flight when the broker closed what it was sent on: it goes alone. */
  suspicion: Suspicion;
  /** How often it was sent. */
  sends: number;
  /** basic.return came for it, on the present channel. */
  returned: boolean;
  /** It came back once, and was sent again after a look for its exchange. */
  sentAgain: boolean;
  resolve(receipt: PublishReceipt): void;
  reject(error: Error): void;
}

export class Confirms {
  readonly #host: ConfirmsHost;
  readonly #ring = new ConfirmRing<Confirmation>();
  #bytes = 0;

  constructor(host: ConfirmsHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#ring.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next sequence number for what was just sent. */
  sent(entry: Confirmation): void {
    this.#ring.push(entry);
    this.#bytes += entry.message.content.length;
  }

  /** basic.ack or basic.nack, with `multiple` for everything up to this sequence number. */
  confirmed(sequence: number, multiple: boolean, accepted: boolean): void {
    const before = this.#ring.size;
    const settle = accepted ? this.#accept : this.#refuse;
    if (multiple) {
      this.#ring.takeUpTo(sequence, settle);
    } else {
      const entry = this.#ring.take(sequence);
      // It has no entry when it was overdue.
      if (entry) settle(entry);
    }
    if (this.#ring.size < before) this.#host.settled(before - this.#ring.size);
  }

  /** A message came back: the oldest that fits and has not come back yet, for returns come in the order of publishes. */
  returned(exchange: string, routingKey: string, messageId: string | undefined): void {
    const entry = this.#ring.find(({ message, returned }) => {
      if (returned || message.properties.messageId !== messageId) return false;
      return message.exchange === exchange && message.routingKey === routingKey;
    });
    if (entry) entry.returned = true;
  }

  /** Empties the window, oldest first: the channel that would have answered is closed, and the next one counts from 1 again. */
  takeAll(): Confirmation[] {
    const all = this.#ring.takeAll();
    for (const entry of all) entry.returned = false;
    this.#bytes = 0;
    return all;
  }

  /** Checks all: what waited for the answer about its exchange is behind others that came later. */
  takeOverdue(now: number): Confirmation[] {
    const overdue = this.#ring.takeWhere(({ deadline }) => deadline <= now);
    for (const entry of overdue) this.#left(entry);
    return overdue;
  }

  readonly #accept = (entry: Confirmation): void => {
    this.#left(entry);
    this.#host.accepted(entry);
    if (entry.returned) this.#host.returned(entry);
    else entry.resolve(stored);
  };

  readonly #refuse = (entry: Confirmation): void => {
    this.#left(entry);
    this.#host.refused();
    entry.reject(nackError(entry));
  };

  #left(entry: Confirmation): void {
    this.#bytes -= entry.message.content.length;
  }
}

function nackError({ message }: Confirmation): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_REFUSED",
    `The broker refused the publish to "${message.exchange}" (${message.routingKey}) with basic.nack. A queue bound to it is full (reject-publish), or cannot store it now, for example a quorum queue without a leader while a cluster node stops. Other queues may have stored it. Publish it again later, with the same messageId so that consumers recognise a duplicate. In a handler, a retry policy does this for you.`,
  );
}
