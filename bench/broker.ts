// The broker's side of a run: queues made and filled before it, counted and deleted after it.
import { randomUUID } from "node:crypto";
import { type ChannelModel, connect } from "amqplib";
import { dataOf, envelopeOf, propertiesOf } from "./workloads/payload.mjs";
import { Order, Wrapper } from "./workloads/protobuf.mjs";

const exchange = "amq.topic";

export type QueueType = "classic" | "quorum";

export interface BenchQueue {
  readonly name: string;
  readonly routingKey: string;
}

interface FilledMessage {
  readonly content: Buffer;
  readonly messageUuid: string;
}

/** What the framework declares for a queue of this type. */
const argumentsOf = {
  classic: { "x-queue-type": "classic" },
  quorum: { "x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once", "x-delivery-limit": 20 },
} as const;

export class BenchBroker {
  readonly version: string;
  readonly #connection: ChannelModel;
  readonly #sender: Awaited<ReturnType<ChannelModel["createChannel"]>>;
  readonly #id = randomUUID().slice(0, 8);
  readonly #uuid = randomUUID();
  #made = 0;

  private constructor(connection: ChannelModel, sender: Awaited<ReturnType<ChannelModel["createChannel"]>>) {
    this.#connection = connection;
    this.#sender = sender;
    this.version = String(connection.connection.serverProperties.version);
  }

  static async connect(url: string): Promise<BenchBroker> {
    const connection = await connect(url, { noDelay: true });
    // Calls on a broken connection reject, which is sufficient.
    connection.on("error", () => {});
    return new BenchBroker(connection, await connection.createChannel());
  }

  /** Makes an empty queue with the arguments that the framework gives it, bound to its own routing key. */
  async make(queueType: QueueType = "classic", { deadLetters = true } = {}): Promise<BenchQueue> {
    const name = `tomodachi-bench.${this.#id}.${++this.#made}`;
    const channel = await this.#connection.createChannel();
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        ...argumentsOf[queueType],
        ...(deadLetters && { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": `${name}.dlq` }),
        "x-overflow": "reject-publish",
      },
    });
    await channel.bindQueue(name, exchange, name);
    await channel.close();
    return { name, routingKey: name };
  }

  /** Puts `count` messages into a queue, each with data of about `bytes` bytes and ids from 0. */
  async fill(queue: BenchQueue, count: number, bytes: number, form: "json" | "protobuf" = "json"): Promise<void> {
    await this.spread([queue], count, bytes, form);
    await this.expect(queue, count);
  }

  /** Names of queues that do not exist yet, with a routing key each. */
  names(count: number): readonly BenchQueue[] {
    return Array.from({ length: count }, () => {
      const name = `tomodachi-bench.${this.#id}.${++this.#made}`;
      return { name, routingKey: name };
    });
  }

  /** Puts `count` messages into queues in turn, with ids from 0. */
  async spread(
    queues: readonly BenchQueue[],
    count: number,
    bytes: number,
    form: "json" | "protobuf" = "json",
  ): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    for (let id = 0; id < count; id++) {
      const routingKey = queues[id % queues.length]?.routingKey ?? "";
      const { content, messageUuid } = this.#messageOf(routingKey, dataOf(id, bytes), form);
      const room = channel.publish(exchange, routingKey, content, propertiesOf(messageUuid));
      if (!room) await new Promise((resolve) => channel.once("drain", resolve));
    }
    await channel.waitForConfirms();
    await channel.close();
  }

  /** Publishes one message that carries the time. */
  send({ routingKey }: BenchQueue, id: number, bytes: number): void {
    const sentAt = performance.timeOrigin + performance.now();
    const { content, messageUuid } = this.#messageOf(routingKey, { ...dataOf(id, bytes), sentAt }, "json");
    this.#sender.publish(exchange, routingKey, content, propertiesOf(messageUuid));
  }

  /** The messages in the queue. */
  async count({ name }: BenchQueue): Promise<number> {
    const channel = await this.#connection.createChannel();
    const { messageCount } = await channel.checkQueue(name);
    await channel.close();
    return messageCount;
  }

  /** Throws unless exactly this many messages are in the queue. */
  async expect(queue: BenchQueue, count: number): Promise<void> {
    const found = await this.count(queue);
    if (found !== count) throw new Error(`${found} messages stand in ${queue.name}, and not ${count}.`);
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

  #messageOf(topic: string, data: object, form: "json" | "protobuf"): FilledMessage {
    const { messageUuid, envelope } = envelopeOf(this.#uuid, topic, data);
    if (form === "json") return { messageUuid, content: Buffer.from(JSON.stringify(envelope)) };
    const { metadata, ...rest } = envelope;
    const bytes = Wrapper.encode({
      ...rest,
      metadata: { ...metadata, protocol_version: "tomodachi-protobuf-base--1.0.0", data_encoding: "proto" },
      data: Order.encode(data).finish(),
    }).finish();
    return { messageUuid, content: Buffer.from(Buffer.from(bytes).toString("base64")) };
  }
}
