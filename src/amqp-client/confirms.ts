/** The window of unconfirmed publishes: in the order in which they were sent, until each is confirmed, refused or lost. */
import { AmqpPublishError } from "./errors.ts";
import type { OutgoingMessage, PublishReceipt } from "./outgoing-message.ts";

const stored: PublishReceipt = Object.freeze({ returned: false });
const unroutable: PublishReceipt = Object.freeze({ returned: true });

/** What the window tells its publisher. */
export interface ConfirmsHost {
  /** A publish has its answer, so there is room. */
  settled(): void;
}

/** One publish on its way. */
export interface Confirmation {
  readonly message: OutgoingMessage;
  readonly deadline: number;
  /** How often it was sent. */
  sends: number;
  /** amqplib's callback: an error for a nack, or when the channel closed. */
  readonly confirm: (error: unknown) => void;
  resolve(receipt: PublishReceipt): void;
  reject(error: Error): void;
}

class WindowEntry implements Confirmation {
  readonly message: OutgoingMessage;
  readonly deadline: number;
  readonly resolve: (receipt: PublishReceipt) => void;
  readonly reject: (error: Error) => void;
  readonly confirm: (error: unknown) => void;
  sends = 0;
  returned = false;

  constructor(
    message: OutgoingMessage,
    deadline: number,
    resolve: (receipt: PublishReceipt) => void,
    reject: (error: Error) => void,
    confirmed: (entry: WindowEntry, error: unknown) => void,
  ) {
    this.message = message;
    this.deadline = deadline;
    this.resolve = resolve;
    this.reject = reject;
    this.confirm = (error) => confirmed(this, error);
  }
}

export class Confirms {
  readonly #host: ConfirmsHost;
  readonly #window = new Set<WindowEntry>();
  #bytes = 0;

  constructor(host: ConfirmsHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#window.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  create(
    message: OutgoingMessage,
    deadline: number,
    resolve: (receipt: PublishReceipt) => void,
    reject: (error: Error) => void,
  ): Confirmation {
    return new WindowEntry(message, deadline, resolve, reject, this.#confirmed);
  }

  sent(entry: Confirmation): void {
    this.#window.add(entry as WindowEntry);
    this.#bytes += entry.message.content.length;
  }

  /** A message came back: the oldest that fits and has not come back yet, for returns come in the order of publishes. */
  returned(exchange: string, routingKey: string, messageId: string | undefined): void {
    for (const entry of this.#window) {
      const { message } = entry;
      if (entry.returned || message.properties.messageId !== messageId) continue;
      if (message.exchange !== exchange || message.routingKey !== routingKey) continue;
      entry.returned = true;
      return;
    }
  }

  /** Empties the window, oldest first: the channel that would have answered is gone. */
  takeAll(): Confirmation[] {
    const all = [...this.#window];
    for (const entry of all) entry.returned = false;
    this.#window.clear();
    this.#bytes = 0;
    return all;
  }

  takeOverdue(now: number): Confirmation[] {
    const overdue: Confirmation[] = [];
    for (const entry of this.#window) {
      if (entry.deadline > now) break;
      this.#remove(entry);
      overdue.push(entry);
    }
    return overdue;
  }

  readonly #confirmed = (entry: WindowEntry, error: unknown): void => {
    // Not in the window: lost with its channel, or overdue. amqplib calls back for those of a closed channel as well.
    if (!this.#window.has(entry)) return;
    if (error && !isNack(error)) return;
    this.#remove(entry);
    if (error) entry.reject(nackError(entry));
    else entry.resolve(entry.returned ? unroutable : stored);
    this.#host.settled();
  };

  #remove(entry: WindowEntry): void {
    if (this.#window.delete(entry)) this.#bytes -= entry.message.content.length;
  }
}

function isNack(error: unknown): boolean {
  return error instanceof Error && error.message === "message nacked";
}

function nackError({ message }: WindowEntry): AmqpPublishError {
  return new AmqpPublishError(
    "ERR_AMQP_PUBLISH_REFUSED",
    `The broker refused the publish to "${message.exchange}" (${message.routingKey}) with basic.nack: a queue bound to it is full (reject-publish) or could not store it.`,
  );
}
