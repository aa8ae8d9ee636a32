/**
 * What can be asked on a channel, with plain objects where AMQP has field tables. Names are those the field knows from amqplib.
 * The state of the channel, its events and everything that arrives on it belong to `session/channel.ts`.
 */
import { ByteWriter } from "../amqp-wire/byte-writer.ts";
import { emptyTable } from "../amqp-wire/field-table.ts";
import type { ChannelPublishOptions } from "./outgoing-message.ts";
import type { SessionChannel } from "./session/channel.ts";
import type { ChannelEvents } from "./session/channel-contract.ts";
import { writeProperties } from "./session/message-properties.ts";
import { fieldTableOf } from "./session/plain-table.ts";
import type { ReceivedMessage } from "./session/received-message.ts";

type Arguments = Readonly<Record<string, unknown>>;

export interface QueueState {
  readonly queue: string;
  readonly messageCount: number;
  readonly consumerCount: number;
}

export interface AssertExchangeOptions {
  readonly durable?: boolean;
  readonly autoDelete?: boolean;
  readonly arguments?: Arguments;
}

export interface AssertQueueOptions extends AssertExchangeOptions {
  readonly exclusive?: boolean;
}

export interface ConsumeOptions {
  readonly consumerTag: string;
  /** @default false */
  readonly noAck?: boolean;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

export class AmqpChannel {
  readonly #channel: SessionChannel;
  readonly #properties = new ByteWriter(4096);

  constructor(channel: SessionChannel) {
    this.#channel = channel;
  }

  /** Calls the listener for what happens from now on, and also for an end that has happened already. The returned function removes it. */
  subscribe(events: Partial<ChannelEvents>): () => void {
    return this.#channel.subscribe(events);
  }

  async assertExchange(exchange: string, type: string, options: AssertExchangeOptions = {}): Promise<void> {
    const { durable = true, autoDelete = false } = options;
    const given = fieldTableOf(options.arguments ?? {});
    const flags = { passive: false, durable, autoDelete, internal: false, nowait: false };
    await this.#channel.ask(
      { name: "exchange.declare", exchange, type, ...flags, arguments: given },
      "exchange.declare-ok",
    );
  }

  async checkExchange(exchange: string): Promise<void> {
    const flags = { passive: true, durable: false, autoDelete: false, internal: false, nowait: false };
    // RabbitMQ checks only the name and the type of a passive declaration.
    const type = "direct";
    await this.#channel.ask(
      { name: "exchange.declare", exchange, type, ...flags, arguments: emptyTable },
      "exchange.declare-ok",
    );
  }

  async deleteExchange(exchange: string): Promise<void> {
    await this.#channel.ask(
      { name: "exchange.delete", exchange, ifUnused: false, nowait: false },
      "exchange.delete-ok",
    );
  }

  assertQueue(queue: string, options: AssertQueueOptions = {}): Promise<QueueState> {
    const { durable = true, exclusive = false, autoDelete = false } = options;
    const flags = { passive: false, durable, exclusive, autoDelete, nowait: false };
    const given = fieldTableOf(options.arguments ?? {});
    return this.#channel.ask({ name: "queue.declare", queue, ...flags, arguments: given }, "queue.declare-ok");
  }

  checkQueue(queue: string): Promise<QueueState> {
    const flags = { passive: true, durable: true, exclusive: false, autoDelete: false, nowait: false };
    return this.#channel.ask({ name: "queue.declare", queue, ...flags, arguments: emptyTable }, "queue.declare-ok");
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.#channel.ask(
      { name: "queue.delete", queue, ifUnused: false, ifEmpty: false, nowait: false },
      "queue.delete-ok",
    );
  }

  async bindQueue(queue: string, exchange: string, routingKey: string): Promise<void> {
    const target = { queue, exchange, routingKey, nowait: false, arguments: emptyTable };
    await this.#channel.ask({ name: "queue.bind", ...target }, "queue.bind-ok");
  }

  async unbindQueue(queue: string, exchange: string, routingKey: string): Promise<void> {
    const target = { queue, exchange, routingKey, arguments: emptyTable };
    await this.#channel.ask({ name: "queue.unbind", ...target }, "queue.unbind-ok");
  }

  /** Per consumer, for those that begin after it. */
  async prefetch(prefetchCount: number): Promise<void> {
    await this.#channel.ask({ name: "basic.qos", prefetchSize: 0, prefetchCount, global: false }, "basic.qos-ok");
  }

  /** `onMessage` gets null when the broker cancels the consumer. Nothing that it throws reaches the connection. */
  consume(
    queue: string,
    onMessage: (message: ReceivedMessage | null) => void,
    { consumerTag, noAck = false, arguments: given = {} }: ConsumeOptions,
  ): Promise<void> {
    const flags = { noLocal: false, noAck, exclusive: false, nowait: false, arguments: fieldTableOf(given) };
    const consumer = { delivered: onMessage, cancelled: () => onMessage(null) };
    return this.#channel.consume({ name: "basic.consume", queue, consumerTag, ...flags }, consumer);
  }

  /** Deliveries that the broker sent before still arrive, until this resolves. */
  cancel(consumerTag: string): Promise<void> {
    return this.#channel.cancel(consumerTag);
  }

  get(queue: string): Promise<ReceivedMessage | undefined> {
    return this.#channel.get(queue, false);
  }

  /** Throws when the channel is not open. */
  ack(deliveryTag: number, multiple = false): void {
    this.#channel.ack(deliveryTag, multiple);
  }

  /** Requeues. Throws when the channel is not open. */
  nack(deliveryTag: number, multiple = false): void {
    this.#channel.nack(deliveryTag, multiple, true);
  }

  async selectConfirms(): Promise<void> {
    await this.#channel.ask({ name: "confirm.select", nowait: false }, "confirm.select-ok");
  }

  get isOpen(): boolean {
    return this.#channel.isOpen;
  }

  /**
   * The publishes of a channel in confirm mode are numbered from 1. False: the socket is full, `drained` comes. Throws, and
   * sends nothing, when the message cannot be written as AMQP.
   */
  publish(exchange: string, routingKey: string, content: Buffer, options: ChannelPublishOptions): boolean {
    const { rawProperties, mandatory = false } = options;
    return this.#channel.publish(exchange, routingKey, mandatory, rawProperties ?? this.#written(options), content);
  }

  /** Resolves when it is closed, by either side. */
  close(): Promise<void> {
    return this.#channel.close();
  }

  #written(options: ChannelPublishOptions): Buffer {
    this.#properties.truncate(0);
    writeProperties(this.#properties, options);
    return this.#properties.peek();
  }
}
