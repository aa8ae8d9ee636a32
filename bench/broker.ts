// The broker's side of a run: queues made and filled before it, counted and deleted after it.
import { randomUUID } from "node:crypto";
import { type ChannelModel, connect } from "amqplib";
import { dataOf, envelopeOf, propertiesOf } from "./workloads/payload.mjs";

const exchange = "amq.topic";

export interface BenchQueue {
  readonly name: string;
  readonly routingKey: string;
}

export class BenchBroker {
  readonly version: string;
  readonly #connection: ChannelModel;
  readonly #id = randomUUID().slice(0, 8);
  #made = 0;

  private constructor(connection: ChannelModel) {
    this.#connection = connection;
    this.version = String(connection.connection.serverProperties.version);
  }

  static async connect(url: string): Promise<BenchBroker> {
    const connection = await connect(url);
    // What is asked of a broken connection rejects; that tells enough.
    connection.on("error", () => {});
    return new BenchBroker(connection);
  }

  /** Makes an empty classic queue with the arguments that the framework gives it, bound to its own routing key. */
  async make(): Promise<BenchQueue> {
    const name = `tomodachi-bench.${this.#id}.${++this.#made}`;
    const channel = await this.#connection.createChannel();
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        "x-queue-type": "classic",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": `${name}.dlq`,
        "x-overflow": "reject-publish",
      },
    });
    await channel.bindQueue(name, exchange, name);
    await channel.close();
    return { name, routingKey: name };
  }

  /** Puts `count` JsonBase messages into a queue, each with data of about `bytes` bytes and ids from 0. */
  async fill({ name, routingKey }: BenchQueue, count: number, bytes: number): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    const uuid = randomUUID();
    for (let id = 0; id < count; id++) {
      const { messageUuid, envelope } = envelopeOf(uuid, routingKey, dataOf(id, bytes));
      const content = Buffer.from(JSON.stringify(envelope));
      const room = channel.publish(exchange, routingKey, content, propertiesOf(messageUuid));
      if (!room) await new Promise((resolve) => channel.once("drain", resolve));
    }
    await channel.waitForConfirms();
    await channel.close();
    await this.expect({ name, routingKey }, count);
  }

  /** Throws unless exactly so many messages stand in the queue. */
  async expect({ name }: BenchQueue, count: number): Promise<void> {
    const channel = await this.#connection.createChannel();
    const { messageCount } = await channel.checkQueue(name);
    await channel.close();
    if (messageCount !== count) throw new Error(`${messageCount} messages stand in ${name}, and not ${count}.`);
  }

  async remove({ name }: BenchQueue): Promise<void> {
    const channel = await this.#connection.createChannel();
    await channel.deleteQueue(name);
    await channel.deleteQueue(`${name}.dlq`);
    await channel.close();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
