/** Messages that pass an exchange, seen from its own queue: no consumer of another queue gets one message less. */

import { randomUUID } from "node:crypto";
import { AmqpConnection } from "../amqp-client/connection.ts";
import { Consumer } from "../amqp-client/consumer.ts";
import type { Delivery } from "../amqp-client/delivery.ts";
import { replyOf } from "../amqp-client/errors.ts";
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import { type Binding, bindQueue } from "../amqp-client/topology.ts";
import type { Logger } from "../log/logger.ts";
import { brokerText } from "../util/product-names.ts";
import { tailName } from "./tail-plan.ts";

export interface TailSettings {
  readonly connection: ResolvedConnectionOptions;
  readonly bindings: readonly Omit<Binding, "queue">[];
  readonly logger: Logger;
  /** Called for one message after the other; the next waits for it. */
  onMessage(delivery: Delivery): Promise<void>;
  /** The connection is lost: later messages are not seen. */
  onLost(reason: string): void;
  /** It listens again. */
  onBack(): void;
}

const prefetch = 100;
/** The broker drops the oldest when this many wait: a slow terminal must not fill the broker's memory. */
const mostWaiting = 10_000;

/** Open it; close it. */
export class MessageTail {
  /** Its name says on the broker what it is. */
  readonly queue: string = `tomodachi.tail.${randomUUID()}`;
  readonly #settings: TailSettings;
  readonly #connection: AmqpConnection;
  readonly #consumer: Consumer;
  #work: Promise<void> = Promise.resolve();

  constructor(settings: TailSettings) {
    this.#settings = settings;
    const { connection: options, logger } = settings;
    this.#connection = new AmqpConnection({
      options,
      name: tailName,
      purpose: "consuming",
      logger,
      firstConnect: "once",
    });
    this.#consumer = new Consumer({
      connection: this.#connection,
      queue: this.queue,
      prefetch,
      logger,
      onDelivery: (delivery) => this.#take(delivery),
      redeclare: async () => {
        await this.#declare();
        settings.onBack();
      },
    });
  }

  /** The broker in words, once it is open: "RabbitMQ 4.1.0". */
  get broker(): string {
    return brokerText(this.#connection.broker);
  }

  /** Rejects with the broker's words when it cannot listen. */
  async open(signal?: AbortSignal): Promise<void> {
    await this.#connection.open(signal);
    await this.#declare();
    await this.#consumer.start();
    this.#connection.subscribe({ lost: (error) => this.#settings.onLost(replyOf(error).replyText) });
  }

  /** The queue goes with the connection. */
  async close(): Promise<void> {
    await this.#consumer.close();
    await this.#connection.close();
  }

  async #declare(): Promise<void> {
    await this.#connection.withChannel((channel) =>
      channel.assertQueue(this.queue, {
        durable: false,
        exclusive: true,
        autoDelete: true,
        arguments: { "x-queue-type": "classic", "x-max-length": mostWaiting, "x-overflow": "drop-head" },
      }),
    );
    for (const binding of this.#settings.bindings) await bindQueue(this.#connection, { ...binding, queue: this.queue });
  }

  #take(delivery: Delivery): void {
    this.#work = this.#work
      .then(() => this.#settings.onMessage(delivery))
      .catch((error: unknown) => this.#settings.logger.error({ err: error }, "A message could not be shown"))
      .then(() => void delivery.acknowledge());
  }
}
