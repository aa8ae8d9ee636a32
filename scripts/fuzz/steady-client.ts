// A well-behaved client beside the fuzz: messages circulate through its own queue, and none may be late or missing.
import { type ChannelModel, type ConfirmChannel, connect } from "amqplib";

const roundMs = 10_000;
const pauseMs = 5;

export class SteadyClient {
  /** Messages that were published, confirmed, delivered and acknowledged. */
  rounds = 0;
  slowestMs = 0;
  /** What went wrong first. */
  failure: string | undefined;
  readonly #connection: ChannelModel;
  readonly #channel: ConfirmChannel;
  #stopping = false;
  #running: Promise<void> = Promise.resolve();
  #arrived: ((text: string) => void) | undefined;

  private constructor(connection: ChannelModel, channel: ConfirmChannel) {
    this.#connection = connection;
    this.#channel = channel;
  }

  static async start(url: string): Promise<SteadyClient> {
    const connection = await connect(url);
    const channel = await connection.createConfirmChannel();
    const client = new SteadyClient(connection, channel);
    connection.on("error", (error: Error) => client.#fail(`its connection failed: ${error.message}`));
    connection.on("close", () => client.#stopping || client.#fail("its connection was closed"));
    channel.on("error", (error: Error) => client.#fail(`its channel failed: ${error.message}`));
    const { queue } = await channel.assertQueue("", { exclusive: true });
    await channel.consume(queue, (message) => {
      if (!message) return client.#fail("its consumer was cancelled");
      channel.ack(message);
      client.#arrived?.(message.content.toString());
    });
    client.#running = client.#run(queue);
    return client;
  }

  /** Ends the rounds; `failure` has the error. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await this.#connection.close().catch((error: Error) => this.#fail(`it could not close: ${error.message}`));
  }

  async #run(queue: string): Promise<void> {
    while (!this.#stopping && this.failure === undefined) {
      const start = performance.now();
      try {
        await this.#round(queue, `round ${this.rounds}`);
      } catch (error) {
        this.#fail(error instanceof Error ? error.message : String(error));
        return;
      }
      this.rounds++;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #round(queue: string, text: string): Promise<void> {
    const arrived = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${text} took more than ${roundMs} ms`)), roundMs);
      this.#arrived = (got) => {
        clearTimeout(timer);
        if (got === text) resolve();
        else reject(new Error(`"${got}" came instead of "${text}"`));
      };
    });
    const confirmed = new Promise<void>((resolve, reject) => {
      this.#channel.sendToQueue(queue, Buffer.from(text), {}, (error: Error | null) =>
        error ? reject(error) : resolve(),
      );
    });
    await Promise.all([arrived, confirmed]);
  }

  #fail(what: string): void {
    this.failure ??= `the well-behaved client: ${what}`;
  }
}
