/** One generation of a consumer: a channel, what came on it, and the acks that belong to it alone. */
import { randomUUID } from "node:crypto";
import { wait } from "../util/wait.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import type { AmqpChannel, ConsumeOptions } from "./channel.ts";
import { closeChannel } from "./close-channel.ts";
import { Delivery } from "./delivery.ts";
import { AmqpChannelError } from "./errors.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

/** What a consumer channel needs of its consumer. */
export interface ConsumerChannelHost {
  delivered(delivery: Delivery): void;
  /** The broker cancelled the consumer: its queue was deleted, its node is stopping, or a delivery was held too long. */
  cancelledByBroker(channel: ConsumerChannel): void;
  /** The channel is closed; without a reason, because its connection is lost. */
  channelClosed(channel: ConsumerChannel, reason: Error | undefined): void;
}

export class ConsumerChannel {
  readonly #channel: AmqpChannel;
  readonly #host: ConsumerChannelHost;
  readonly #acknowledgements: Acknowledgements;
  readonly #settled: () => void;
  readonly #arguments: ConsumeOptions["arguments"];
  #consumerTag: string | undefined;
  #unsettled = 0;
  #prefetch = 1;

  /** `consumeArguments`: of each consumer that begins on it. */
  constructor(channel: AmqpChannel, host: ConsumerChannelHost, consumeArguments: ConsumeOptions["arguments"] = {}) {
    this.#arguments = consumeArguments;
    this.#channel = channel;
    this.#host = host;
    this.#acknowledgements = new Acknowledgements(channel);
    this.#settled = () => {
      this.#unsettled--;
    };
    channel.subscribe({
      closed: (error) => {
        this.#acknowledgements.die();
        host.channelClosed(this, error instanceof AmqpChannelError ? error : undefined);
      },
    });
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  get consuming(): boolean {
    return this.#consumerTag !== undefined;
  }

  /** Starts to consume. The prefetch holds for consumers that begin after it, so it is set first. */
  async consume(queue: string, prefetch: number): Promise<void> {
    this.#prefetch = prefetch;
    // Never global: RabbitMQ 4 refuses that, and quorum queues do.
    await this.#channel.prefetch(prefetch);
    // A tag of our own, known before the first delivery can come with it.
    const consumerTag = randomUUID();
    this.#consumerTag = consumerTag;
    try {
      await this.#channel.consume(queue, this.#onMessage, { consumerTag, arguments: this.#arguments });
    } catch (error) {
      this.#consumerTag = undefined;
      throw error;
    }
  }

  /** Resolves when the broker has answered on this channel: everything that it sent before has arrived. */
  async roundTrip(): Promise<void> {
    // Answered in order, and without a permission: a check of an exchange needs `configure` since RabbitMQ 4.3.
    await this.#channel.prefetch(this.#prefetch);
  }

  /** Asks for no more. What came before stays to be settled. */
  async cancel(): Promise<void> {
    const tag = this.#consumerTag;
    this.#consumerTag = undefined;
    if (tag === undefined) return;
    await this.#channel.cancel(tag);
  }

  /** Sends waiting acknowledgements, and gives the broker the time to accept them. */
  async close(): Promise<void> {
    this.#acknowledgements.flush();
    const { lingerMs } = this.#acknowledgements;
    if (lingerMs > 0) await wait(lingerMs);
    this.#acknowledgements.flush();
    // From here on nothing more is sent on it.
    this.#acknowledgements.die();
    await closeChannel(this.#channel);
  }

  /** Null: the broker cancelled the consumer. What was on its way when it was cancelled by us comes as well. */
  readonly #onMessage = (message: ReceivedMessage | null): void => {
    if (message !== null) {
      this.#take(message);
      return;
    }
    this.#consumerTag = undefined;
    this.#host.cancelledByBroker(this);
  };

  #take(message: ReceivedMessage): void {
    this.#unsettled++;
    this.#host.delivered(new Delivery(message, this.#acknowledgements, this.#settled));
  }
}
