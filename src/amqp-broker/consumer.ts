/** One subscription of a channel to a queue: its credit, and how a message gets to its channel. */
import type { QueuedMessage } from "./message.ts";
import type { MessageConsumer, Queue } from "./queue.ts";

/** What a consumer needs of its channel. */
export interface ServerConsumerHost {
  /** The connection takes more. */
  readonly canSend: boolean;
  /** The channel may hold one more delivery (a global prefetch, until RabbitMQ 4.2). */
  readonly hasRoom: boolean;
  deliver(consumer: ServerConsumer, entry: QueuedMessage): void;
  /** The queue was deleted. */
  cancelled(consumer: ServerConsumer): void;
}

export interface ServerConsumerSettings {
  readonly tag: string;
  readonly queue: Queue;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  /** Deliveries that may wait for their acknowledgement; 0 is any number. */
  readonly prefetch: number;
  /** How long a delivery may be held, in milliseconds; `Infinity` is forever. */
  readonly timeoutMs: number;
}

export class ServerConsumer implements MessageConsumer {
  readonly tag: string;
  readonly queue: Queue;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly #prefetch: number;
  readonly #host: ServerConsumerHost;
  #unacknowledged = 0;
  /** Deliveries that the queue took back and the client has not settled. */
  #timedOut = 0;
  #ended = false;

  constructor(host: ServerConsumerHost, settings: ServerConsumerSettings) {
    this.#host = host;
    this.tag = settings.tag;
    this.queue = settings.queue;
    this.noAck = settings.noAck;
    this.exclusive = settings.exclusive;
    this.priority = settings.priority;
    this.timeoutMs = settings.timeoutMs;
    this.#prefetch = settings.prefetch;
  }

  /** It held a delivery too long: it takes nothing, and is not the active one, until it has settled all of these. */
  get isTimedOut(): boolean {
    return this.#timedOut > 0;
  }

  get canTake(): boolean {
    if (this.#ended || this.isTimedOut || !this.#host.canSend) return false;
    if (this.noAck) return true;
    return this.#host.hasRoom && (this.#prefetch === 0 || this.#unacknowledged < this.#prefetch);
  }

  deliver(entry: QueuedMessage): void {
    if (!this.noAck) this.#unacknowledged++;
    this.#host.deliver(this, entry);
  }

  /** As the active one: it has timed out, and nothing that it holds is still in time. */
  get givesWay(): boolean {
    return this.isTimedOut && this.#unacknowledged === 0;
  }

  /** One delivery less waits for its acknowledgement. */
  settled(): void {
    this.#unacknowledged--;
  }

  /** The queue took one of its deliveries back. */
  timedOut(): void {
    this.#unacknowledged--;
    this.#timedOut++;
  }

  /** The client settled a delivery that the queue had taken back. */
  settledLate(): void {
    this.#timedOut--;
  }

  /** Accepts nothing from now on, even if the queue still has it. */
  end(): void {
    this.#ended = true;
  }

  cancelledByBroker(): void {
    this.#ended = true;
    this.#host.cancelled(this);
  }
}
