// A connection that the code under test knows nothing of: tests see the broker through it.
import { type ChannelModel, type ConfirmChannel, connect, type GetMessage, type Options } from "amqplib";

export interface QueueInfo {
  readonly messageCount: number;
  readonly consumerCount: number;
}

/** Plain amqplib with a confirm channel. Dispose it with `await using`, or `close()`. */
export class ForeignConnection implements AsyncDisposable {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
  /** What went wrong on the connection or its channel, in order. */
  readonly errors: Error[] = [];

  /** @internal Use `openForeign`. */
  constructor(connection: ChannelModel, channel: ConfirmChannel) {
    this.connection = connection;
    this.channel = channel;
    connection.on("error", (error) => this.#note(error));
    // A close that an operator asked for comes here alone.
    connection.on("close", (error) => this.#note(error));
    channel.on("error", (error) => this.#note(error));
  }

  /** Which RabbitMQ the broker says that it is. */
  get version(): string {
    // amqplib keeps the fields of connection.start, but its types do not have them.
    const { serverProperties } = this.connection.connection as unknown as { serverProperties: { version: string } };
    return serverProperties.version;
  }

  /** Resolves once the broker has confirmed. Text is sent as UTF-8; the empty exchange goes to the queue of that name. */
  publish(
    exchange: string,
    routingKey: string,
    content: string | Buffer,
    options: Options.Publish = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const body = typeof content === "string" ? Buffer.from(content) : content;
      this.channel.publish(exchange, routingKey, body, options, (error: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Takes one message off the queue, acknowledged; undefined when it is empty. */
  async get(queue: string): Promise<GetMessage | undefined> {
    return (await this.channel.get(queue, { noAck: true })) || undefined;
  }

  /** Undefined when the queue does not exist. Checked on its own channel, which the broker closes in that case. */
  async queueInfo(queue: string): Promise<QueueInfo | undefined> {
    const channel = await this.connection.createChannel();
    channel.on("error", () => {});
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      await channel.close();
      return { messageCount, consumerCount };
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === 404) return undefined;
      throw error;
    }
  }

  async deleteQueue(queue: string): Promise<void> {
    await this.channel.deleteQueue(queue);
  }

  /** Also works when the broker has closed it already. */
  async close(): Promise<void> {
    await this.connection.close().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #note(error: Error | undefined): void {
    if (error && !this.errors.includes(error)) this.errors.push(error);
  }
}

/** Connects to a URL. */
export async function openForeign(url: string | undefined): Promise<ForeignConnection> {
  if (url === undefined) throw new Error("connectForeign: no broker in this run. Use describeWithBroker.");
  const connection = await connect(url, { timeout: 10_000 });
  // From the start: an error without a listener would end the test process.
  connection.on("error", () => {});
  return new ForeignConnection(connection, await connection.createConfirmChannel());
}
