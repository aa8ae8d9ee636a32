/**
 * A lease that one connection of all has: an exclusive queue. The broker gives it to one connection, and takes it back when that
 * connection ends, whatever ended it.
 */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { replyOf } from "../amqp-client/errors.ts";
import type { Publisher } from "../amqp-client/publisher.ts";

/** AMQP 0-9-1, 1.2: RESOURCE_LOCKED, another connection has it. */
const locked = 405;
/** It was deleted. */
const notFound = 404;
/** The login may not check it: RabbitMQ 4.2.6 and 4.3.0 ask for configure before a passive declaration. */
export const accessRefused = 403;
/** How long a message that checks whether the queue exists stays in it, in milliseconds. */
const questionMs = "1000";

export interface LeaseSettings {
  /** The lease lasts as long as this connection. Nothing is published on it: a broker with an alarm does not read from connections that publish. */
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly queue: string;
}

export class Lease {
  readonly #settings: LeaseSettings;

  constructor(settings: LeaseSettings) {
    this.#settings = settings;
  }

  /**
   * Whether a connection has it. A message that is sent by the queue's name is returned if the queue does not exist. A declaration
   * of the queue would show that as well, but RabbitMQ writes an error into its log each time it refuses one.
   */
  async isHeld(): Promise<boolean> {
    const { publisher, queue } = this.#settings;
    const { returned } = await publisher.publish({
      exchange: "",
      routingKey: queue,
      mandatory: true,
      content: Buffer.alloc(0),
      properties: { expiration: questionMs, persistent: false },
    });
    return !returned;
  }

  /** Takes it; false when another connection has it. */
  async take(): Promise<boolean> {
    const { connection, queue } = this.#settings;
    const limits = { "x-queue-type": "classic", "x-max-length": 1, "x-overflow": "drop-head" };
    return this.#unlessLocked(
      connection.withChannel((channel) =>
        channel.assertQueue(queue, { durable: false, exclusive: true, arguments: limits }),
      ),
    );
  }

  /** Returns it at once. */
  async release(): Promise<void> {
    const { connection, queue } = this.#settings;
    await this.#unlessLocked(connection.withChannel((channel) => channel.deleteQueue(queue)));
  }

  async #unlessLocked(asked: Promise<unknown>): Promise<boolean> {
    try {
      await asked;
      return true;
    } catch (error) {
      if (isNotOurs(error)) return false;
      throw error;
    }
  }
}

/** Whether the broker refused something of the lease because this connection has not got it. */
export function isNotOurs(error: unknown): boolean {
  const { replyCode } = replyOf(error);
  return replyCode === locked || replyCode === notFound;
}
