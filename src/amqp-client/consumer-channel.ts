/** One generation of a consumer: a channel, what came on it, and the acks that belong to it alone. */
import type { Channel, ConsumeMessage } from "amqplib";
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
  #unsettled = 0;
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
    // Before amqplib's own listener, which knows no delivery that the broker sent just before it cancelled: unseen, it would
    // stay unsettled for as long as the channel lives.
    channel.prependListener("delivery", this.#onDelivery);
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
    // Never global: RabbitMQ 4 refuses that, and quorum queues do.
    await this.#channel.prefetch(prefetch, false);
    const { consumerTag } = await this.#channel.consume(queue, this.#onCancel);
    this.#consumerTag = consumerTag;
  }

  /** Asks for no more. What came before stays to be settled. */
  async cancel(): Promise<void> {
    const tag = this.#consumerTag;
    this.#consumerTag = undefined;
    if (tag !== undefined) await this.#channel.cancel(tag);
  }

  async close(): Promise<void> {
    this.#acknowledgements.flush();
    // From here on amqplib sends nothing more on it.
    this.#acknowledgements.die();
    await closeChannel(this.#channel);
  }

  /** amqplib calls it with null when the broker cancels the consumer. */
  readonly #onCancel = (message: ConsumeMessage | null): void => {
    if (message !== null) return;
    this.#consumerTag = undefined;
    this.#host.cancelledByBroker(this);
  };

  readonly #onDelivery = (message: ConsumeMessage): void => {
    this.#unsettled++;
    this.#host.delivered(new Delivery(message, this.#acknowledgements, this.#settled));
  };
}
