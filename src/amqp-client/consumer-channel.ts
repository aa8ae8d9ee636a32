/** One generation of a consumer: a channel, what came on it, and the acks that belong to it alone. */
import { randomUUID } from "node:crypto";
import type { Channel, ConsumeMessage } from "amqplib";
import { wait } from "../util/wait.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { closeChannel } from "./close-channel.ts";
import { Delivery } from "./delivery.ts";

/** What a consumer channel needs of its consumer. */
export interface ConsumerChannelHost {
  delivered(delivery: Delivery): void;
  /** The broker cancelled the consumer: its queue was deleted, or its node is going. */
  cancelledByBroker(channel: ConsumerChannel): void;
  /** The channel, or the whole connection, is gone. */
  channelClosed(channel: ConsumerChannel, reason: Error | undefined): void;
}

export class ConsumerChannel {
  readonly #channel: Channel;
  readonly #host: ConsumerChannelHost;
  readonly #acknowledgements: Acknowledgements;
  readonly #settled: () => void;
  #consumerTag: string | undefined;
  #listensForLate = false;
  #unsettled = 0;
  #prefetch = 1;
  #reason: Error | undefined;

  constructor(channel: Channel, host: ConsumerChannelHost) {
    this.#channel = channel;
    this.#host = host;
    // amqplib wants a message to acknowledge; it looks at nothing but the tag.
    const frame = { fields: { deliveryTag: 0 } } as ConsumeMessage;
    this.#acknowledgements = new Acknowledgements({
      ack: (tag, multiple) => {
        frame.fields.deliveryTag = tag;
        channel.ack(frame, multiple);
      },
      nack: (tag) => {
        frame.fields.deliveryTag = tag;
        channel.nack(frame, false, true);
      },
    });
    this.#settled = () => {
      this.#unsettled--;
    };
    channel.on("error", (error: Error) => {
      this.#reason = error;
    });
    channel.on("close", () => {
      this.#acknowledgements.die();
      host.channelClosed(this, this.#reason);
    });
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  get consuming(): boolean {
    return this.#consumerTag !== undefined;
  }

  /** Asks for deliveries. The prefetch holds for consumers that begin after it, so it is set first. */
  async consume(queue: string, prefetch: number): Promise<void> {
    this.#prefetch = prefetch;
    // Never global: RabbitMQ 4 refuses that, and quorum queues do.
    await this.#channel.prefetch(prefetch, false);
    // A tag of our own, known before the first delivery can come with it.
    const consumerTag = randomUUID();
    this.#consumerTag = consumerTag;
    try {
      await this.#channel.consume(queue, this.#onMessage, { consumerTag });
    } catch (error) {
      this.#consumerTag = undefined;
      throw error;
    }
  }

  /** Resolves when the broker has answered on this channel: what it sent here before, has come. */
  async roundTrip(): Promise<void> {
    // Answered in its turn, and without a permission: a look at an exchange takes `configure` since RabbitMQ 4.3.
    await this.#channel.prefetch(this.#prefetch, false);
  }

  /** Asks for no more. What came before stays to be settled. */
  async cancel(): Promise<void> {
    const tag = this.#consumerTag;
    this.#consumerTag = undefined;
    if (tag === undefined) return;
    if (!this.#listensForLate) {
      // Before amqplib's own listener, which throws for a tag that is cancelled: unseen, what the broker sent just before would
      // stay unsettled for as long as the channel lives.
      this.#listensForLate = true;
      this.#channel.prependListener("delivery", this.#onLate);
    }
    await this.#channel.cancel(tag);
  }

  /** Sends what waits, and gives the broker the time to take it. */
  async close(): Promise<void> {
    this.#acknowledgements.flush();
    const { lingerMs } = this.#acknowledgements;
    if (lingerMs > 0) await wait(lingerMs);
    this.#acknowledgements.flush();
    // From here on amqplib sends nothing more on it.
    this.#acknowledgements.die();
    await closeChannel(this.#channel);
  }

  /** amqplib calls it with null when the broker cancels the consumer. */
  readonly #onMessage = (message: ConsumeMessage | null): void => {
    if (message === null) {
      this.#consumerTag = undefined;
      this.#host.cancelledByBroker(this);
    } else if (message.fields.consumerTag === this.#consumerTag) this.#take(message);
  };

  readonly #onLate = (message: ConsumeMessage): void => {
    if (message.fields.consumerTag !== this.#consumerTag) this.#take(message);
  };

  #take(message: ConsumeMessage): void {
    this.#unsettled++;
    this.#host.delivered(new Delivery(message, this.#acknowledgements, this.#settled));
  }
}
