/** The testing kit's own connection. It looks into queues, and deletes the queues of a test. It opens when it is first needed. */
import { AmqpConnection } from "../amqp-client/connection.ts";
import { resolveConnectionOptions } from "../amqp-client/options.ts";
import { type PeekedMessage, peekQueue } from "../amqp-client/peek.ts";
import { deleteExchange, deleteQueue, inspectQueue } from "../amqp-client/topology.ts";
import { createSilentLogger, type Logger } from "../log/logger.ts";

/** The most messages that are read from a queue. */
const mostMessages = 1000;
/** A broker that the test has cut off must not keep the test from ending. */
const connectTimeoutSeconds = 3;

export class QueueAccess {
  readonly #logger: Logger;
  readonly #connection: AmqpConnection;

  constructor(url: string, logger: Logger) {
    const options = resolveConnectionOptions({ url, connectTimeoutSeconds }, {});
    this.#logger = logger;
    const settings = { options, name: "tomodachi/testing", purpose: "consuming" } as const;
    this.#connection = new AmqpConnection({ ...settings, logger: createSilentLogger() });
  }

  /** Undefined when the queue does not exist. */
  async count(queue: string): Promise<number | undefined> {
    await this.#connection.open();
    return (await inspectQueue(this.#connection, queue))?.messageCount;
  }

  /** The messages of a queue, which stay there; undefined if the queue does not exist. */
  async peek(queue: string): Promise<readonly PeekedMessage[] | undefined> {
    await this.#connection.open();
    return peekQueue(this.#connection, queue, mostMessages);
  }

  /** Deletes queues with their messages, and exchanges. What cannot be deleted is logged. */
  async remove(queues: readonly string[], exchanges: readonly string[] = []): Promise<void> {
    try {
      if (queues.length > 0) await this.#connection.open();
      await Promise.all(exchanges.map((exchange) => deleteExchange(this.#connection, exchange)));
      await Promise.all(queues.map((queue) => deleteQueue(this.#connection, queue)));
    } catch (error) {
      this.#logger.warn({ err: error, queues }, "the queues of a test could not be removed");
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
