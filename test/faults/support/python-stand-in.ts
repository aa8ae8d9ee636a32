/** A Python service as the broker sees it: declares the recorded queue, consumes, acknowledges, and nothing else. */
import type { Channel } from "amqplib";
import { connectForeign, type ForeignConnection } from "../../support/broker.ts";
import type { QueueVector } from "../../vectors/python-vectors.ts";

export class PythonStandIn {
  readonly #foreign: ForeignConnection;
  readonly #channel: Channel;
  readonly #tag: string;

  private constructor(foreign: ForeignConnection, channel: Channel, tag: string) {
    this.#foreign = foreign;
    this.#channel = channel;
    this.#tag = tag;
  }

  static async start(url: string, vector: QueueVector, handled: (body: string) => void): Promise<PythonStandIn> {
    const { declared_queue: queue, durable, auto_delete, exclusive, arguments: table, bindings } = vector;
    const foreign = await connectForeign(url);
    const channel = await foreign.connection.createChannel();
    for (const [exchange, key] of bindings) {
      if (exchange !== "amq.topic") await channel.assertExchange(exchange, "topic", { durable: true });
      await channel.assertQueue(queue, { durable, autoDelete: auto_delete, exclusive, arguments: table });
      await channel.bindQueue(queue, exchange, key);
    }
    await channel.prefetch(100, false);
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (!message) return;
      handled(message.content.toString());
      channel.ack(message);
    });
    return new PythonStandIn(foreign, channel, consumerTag);
  }

  /** As Python ends: takes no more, and closes when what it took is done. */
  async stop(): Promise<void> {
    await this.#channel.cancel(this.#tag);
    await this.#channel.close();
    await this.#foreign.close();
  }
}
