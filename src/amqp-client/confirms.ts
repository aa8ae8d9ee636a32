/** The window of unconfirmed publishes: in the order in which they were sent, until each is confirmed, refused or lost. */
import { AmqpPublishError } from "./errors.ts";
import type { OutgoingMessage, PublishReceipt } from "./outgoing-message.ts";

/** What a publish was in flight on when the broker closed it: a channel, or the whole connection. */
export type Suspicion = "none" | "channel" | "connection";

const stored: PublishReceipt = Object.freeze({ returned: false });
const unroutable: PublishReceipt = Object.freeze({ returned: true });

/** What the window tells its publisher. */
export interface ConfirmsHost {
  /** So many publishes have their answer, so there is room. */
  settled(count: number): void;
  /** The broker has it. */
  accepted(entry: Confirmation): void;
  /** The broker refused a publish (basic.nack). */
  refused(): void;
}

/** One publish on its way. */
export interface Confirmation {
  readonly message: OutgoingMessage;
  readonly deadline: number;
  /** Of the frame with its properties, at most; 0 where any frame holds it. */
  readonly propertyBytes: number;
  /** It was in flight when the broker closed what it was sent on: it goes alone. */
  suspicion: Suspicion;
  /** How often it was sent. */
  sends: number;
  /** basic.return came for it, on the present channel. */
  returned: boolean;
  resolve(receipt: PublishReceipt): void;
  reject(error: Error): void;
}

/** The array is cut when so many of its first places are empty. */
const slack = 1024;

export class Confirms {
  readonly #host: ConfirmsHost;
  /** In the order of the sequence numbers; empty where the answer came, or came too late. */
  #window: (Confirmation | undefined)[] = [];
  #head = 0;
  /** The sequence number at the head. RabbitMQ counts a channel's publishes from 1. */
  #first = 1;
  #size = 0;
  #bytes = 0;

  constructor(host: ConfirmsHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next sequence number for what was just sent. */
  sent(entry: Confirmation): void {
    this.#window.push(entry);
    this.#size++;
    this.#bytes += entry.message.content.length;
  }

  /** basic.ack or basic.nack, with `multiple` for everything up to this sequence number. */
  confirmed(sequence: number, multiple: boolean, accepted: boolean): void {
    const last = this.#head + sequence - this.#first;
    const before = this.#size;
    for (let place = multiple ? this.#head : last; place <= last; place++) {
      const entry = this.#take(place);
      // Empty when it was overdue.
      if (!entry) continue;
      if (!accepted) this.#host.refused();
      if (accepted) {
        this.#host.accepted(entry);
        entry.resolve(entry.returned ? unroutable : stored);
      } else entry.reject(nackError(entry));
    }
    this.#skipEmpty();
    if (this.#size < before) this.#host.settled(before - this.#size);
  }

  /** A message came back: the oldest that fits and has not come back yet, for returns come in the order of publishes. */
  returned(exchange: string, routingKey: string, messageId: string | undefined): void {
    for (let place = this.#head; place < this.#window.length; place++) {
      const entry = this.#window[place];
      if (!entry || entry.returned || entry.message.properties.messageId !== messageId) continue;
      if (entry.message.exchange !== exchange || entry.message.routingKey !== routingKey) continue;
      entry.returned = true;
      return;
    }
  }

  /** Empties the window, oldest first: the channel that would have answered is gone, and the next one counts anew. */
  takeAll(): Confirmation[] {
    const all = this.#window.slice(this.#head).filter((entry) => entry !== undefined);
    for (const entry of all) entry.returned = false;
    this.#window = [];
    this.#head = 0;
    this.#first = 1;
    this.#size = 0;
    this.#bytes = 0;
    return all;
  }

  /** Looks at all: what waited for the answer about its exchange stands behind others that came later. */
  takeOverdue(now: number): Confirmation[] {
    const overdue: Confirmation[] = [];
    for (let place = this.#head; place < this.#window.length; place++) {
      const entry = this.#window[place];
      if (!entry || entry.deadline > now) continue;
      overdue.push(entry);
      this.#take(place);
    }
    return overdue;
  }

  #take(place: number): Confirmation | undefined {
    const entry = this.#window[place];
    if (!entry) return undefined;
    this.#window[place] = undefined;
    this.#size--;
    this.#bytes -= entry.message.content.length;
    return entry;
  }

  /** Moves past what the broker has answered; what it has not, overdue or not, keeps its number. */
  #skipEmpty(): void {
    while (this.#head < this.#window.length && this.#window[this.#head] === undefined) {
      this.#head++;
      this.#first++;
    }
    if (this.#head < slack) return;
    this.#window = this.#window.slice(this.#head);
    this.#head = 0;
  }
}

function nackError({ message }: Confirmation): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_REFUSED",
    `The broker refused the publish to "${message.exchange}" (${message.routingKey}) with basic.nack: a queue bound to it is full (reject-publish), or cannot store it now, as a quorum queue without a leader while a cluster node goes. Other queues may have it. Publish it again in a while, with the same messageId so that a repetition can be known; in a handler a retry policy does it for you.`,
  );
}
