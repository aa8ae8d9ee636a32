/** One consumer of one queue, on its own channel; unless its owner closes it, it consumes again after every end. */
import type { Logger } from "../log/logger.ts";
import { backoffMs } from "../util/backoff.ts";
import { wait } from "../util/wait.ts";
import type { AmqpConnection } from "./connection.ts";
import { ConsumerChannel, type ConsumerChannelHost } from "./consumer-channel.ts";
import type { Delivery } from "./delivery.ts";
import { AmqpChannelError, type Reply, replyOf } from "./errors.ts";

export type ConsumerState = "starting" | "consuming" | "paused" | "reopening" | "cancelled" | "closed";

export interface ConsumerSettings {
  readonly connection: AmqpConnection;
  readonly queue: string;
  readonly prefetch: number;
  /** Arguments of basic.consume. @default none */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  readonly logger: Logger;
  /** Called for each delivery, synchronously; nothing waits for it. */
  onDelivery(delivery: Delivery): void;
  /** The channel is closed: unsettled deliveries are no longer valid, and the broker sends them again. */
  onLost?(): void;
  /** Makes the queue again before it is consumed again. */
  redeclare?(): Promise<void>;
}

const reopen = { firstMs: 100, maxMs: 5000 };

export class Consumer implements ConsumerChannelHost {
  readonly #settings: ConsumerSettings;
  #state: ConsumerState = "starting";
  #since = Date.now();
  /** Why it does not consume; counts while it does not. */
  #trouble = "";
  #channel: ConsumerChannel | undefined;
  #prefetch: number;
  #lastDeliveryAt: number | undefined;
  /** Ends the pause between two attempts to open the channel again. */
  #retrying = new AbortController();
  /** What is asked for is done one after another. */
  #operations: Promise<unknown> = Promise.resolve();
  #forget: () => void = () => {};

  constructor(settings: ConsumerSettings) {
    this.#settings = settings;
    this.#prefetch = settings.prefetch;
  }

  get state(): ConsumerState {
    return this.#state;
  }

  /** When the current state began, in milliseconds since 1970. */
  get since(): number {
    return this.#since;
  }

  /** Why nothing is delivered now; undefined while the broker delivers. */
  get trouble(): string | undefined {
    if (this.#state === "consuming") {
      return this.#channel?.consuming ? undefined : "it starts again with another prefetch";
    }
    return this.#trouble || this.#state;
  }

  get prefetch(): number {
    return this.#prefetch;
  }

  /** Unsettled deliveries of the current channel. */
  get unsettled(): number {
    return this.#channel?.unsettled ?? 0;
  }

  /** When the last delivery came, in milliseconds since 1970. */
  get lastDeliveryAt(): number | undefined {
    return this.#lastDeliveryAt;
  }

  /** Resolves when the broker said that it delivers; rejects with its words when it does not. */
  async start(): Promise<void> {
    const { connection, queue } = this.#settings;
    try {
      // What the first delivery asks for waits until the consumer is there.
      await this.#inTurn(() => this.#open());
    } catch (error) {
      const reply = replyOf(error);
      const code = reply.replyCode === 403 ? "ERR_AMQP_PERMISSION" : "ERR_AMQP_CONSUME";
      throw new AmqpChannelError(code, `The queue "${queue}" cannot be consumed: ${reply.replyText}${cureOf(reply)}`, {
        cause: error,
        ...reply,
      });
    }
    this.#forget = connection.subscribe({ opened: () => this.#reopenSoon() });
  }

  /** Instead of `start`: opens nothing until `resume`. The reason is in `trouble`. */
  startPaused(reason: string): void {
    this.#trouble = reason;
    this.#setState("paused");
    this.#forget = this.#settings.connection.subscribe({ opened: () => this.#reopenSoon() });
  }

  /** A prefetch applies to consumers that begin after it, so the consumer begins again on the same channel. */
  setPrefetch(count: number): Promise<void> {
    this.#prefetch = count;
    return this.#inTurn(async () => {
      const channel = this.#channel;
      if (this.#state !== "consuming" || !channel) return;
      await channel.cancel();
      // A channel that was lost in the meantime refuses; the next one starts with this prefetch.
      await channel.consume(this.#settings.queue, this.#prefetch);
    });
  }

  /** Resolves when every delivery that the broker had sent when it was called has come; rejects when the channel is closed. */
  async roundTrip(): Promise<void> {
    await this.#channel?.roundTrip();
  }

  /** No deliveries until `resume`; deliveries that arrived can be settled. The reason is in `trouble`. */
  pause(reason = "paused"): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== "consuming" && this.#state !== "reopening") return;
      this.#trouble = reason;
      this.#setState("paused");
      await this.#channel?.cancel();
    });
  }

  resume(): Promise<void> {
    // Otherwise this would wait for the queue of a paused consumer, which may not be declared for a long time.
    if (this.#state === "paused") this.#retrying.abort();
    return this.#inTurn(async () => {
      if (this.#state !== "paused") return;
      this.#trouble = "";
      this.#setState("reopening");
      try {
        await this.#channel?.consume(this.#settings.queue, this.#prefetch);
      } catch {
        // The queue was deleted while it had no consumer, and the attempt closed the channel.
        this.#channel = undefined;
      }
      if (this.#channel) this.#setState("consuming");
      else this.#reopenSoon();
    });
  }

  /**
   * Closes the channel, so that the broker requeues the unsettled messages at once, in their order; then nothing until
   * `resume`. Only this lets another consumer become the single active one.
   */
  release(): Promise<void> {
    // Otherwise this would wait until the queue can be consumed again, which may never be.
    if (this.#state === "reopening") this.#setState("paused");
    this.#retrying.abort();
    return this.#inTurn(async () => {
      if (this.#state === "consuming" || this.#state === "reopening") {
        this.#trouble = "";
        this.#setState("paused");
      }
      const channel = this.#channel;
      if (!channel) return;
      this.#channel = undefined;
      this.#settings.onLost?.();
      await channel.close();
    });
  }

  /** No deliveries any more; what came can be settled until `close`. */
  cancel(): Promise<void> {
    if (this.#state === "cancelled" || this.#state === "closed") return Promise.resolve();
    this.#setState("cancelled");
    this.#retrying.abort();
    this.#forget();
    return this.#inTurn(async () => {
      await this.#channel?.cancel().catch(() => {});
    });
  }

  /** Sends the acks that wait and closes the channel; what is not settled goes back to the queue. */
  async close(): Promise<void> {
    await this.cancel();
    this.#setState("closed");
    const channel = this.#channel;
    this.#channel = undefined;
    await channel?.close();
  }

  // Events of the channel.

  delivered(delivery: Delivery): void {
    this.#lastDeliveryAt = Date.now();
    try {
      this.#settings.onDelivery(delivery);
    } catch (error) {
      this.#settings.logger.error({ err: error }, "a delivery could not be accepted; it goes back to its queue");
      delivery.requeue();
    }
  }

  cancelledByBroker(channel: ConsumerChannel): void {
    if (channel !== this.#channel) return;
    const { queue } = this.#settings;
    this.#lose(
      `the broker cancelled the consumer of "${queue}": the queue was deleted, its node is stopping, or a delivery was held longer than the broker's consumer timeout`,
    );
    // After a consumer timeout RabbitMQ 4.3 gives this consumer nothing more, and makes no other one active in its place,
    // until the channel ends.
    void channel.close();
  }

  channelClosed(channel: ConsumerChannel, reason: Error | undefined): void {
    if (channel !== this.#channel) return;
    const why = reason ? replyOf(reason).replyText : "its connection was lost";
    // A lost connection is one warning, of the connection; a line for each of its consumers adds nothing.
    const level = reason ? "warn" : "debug";
    this.#lose(`the channel of the consumer of "${this.#settings.queue}" was closed (${why})`, level);
  }

  #lose(message: string, level: "warn" | "debug" = "warn"): void {
    this.#channel = undefined;
    this.#settings.onLost?.();
    if (this.#state !== "paused") this.#trouble = message;
    if (this.#state !== "consuming" && this.#state !== "paused") return;
    if (this.#state === "consuming") this.#setState("reopening");
    this.#settings.logger[level](`${message}; the broker delivers unacknowledged messages again`);
    this.#reopenSoon();
  }

  #reopenSoon(): void {
    this.#inTurn(() => this.#reopen()).catch((error: unknown) => {
      this.#settings.logger.error({ err: error }, "opening a consumer again stopped after an unexpected error");
    });
  }

  async #reopen(): Promise<void> {
    const { connection, queue, logger, redeclare } = this.#settings;
    // While it is paused, only the queue is declared again: messages that are published in the meantime wait in it.
    const waits = (): boolean => this.#state === "reopening" || this.#state === "paused";
    if (waits()) this.#retrying = new AbortController();
    const { signal } = this.#retrying;
    for (let attempt = 1; waits() && !this.#channel && !signal.aborted; attempt++) {
      // A restored connection is logged by the connection.
      if (connection.state !== "connected") return;
      try {
        await redeclare?.();
        if (this.#state === "paused") return;
        await this.#open();
        logger.info(`the queue "${queue}" is consumed again`);
        return;
      } catch (error) {
        this.#trouble = `the queue "${queue}" cannot be consumed: ${replyOf(error).replyText}`;
        const level = attempt === 1 ? "warn" : "debug";
        logger[level]({ err: error, attempt }, `the queue "${queue}" cannot be consumed yet; the service tries again`);
      }
      await wait(backoffMs(attempt, reopen), signal);
    }
  }

  async #open(): Promise<void> {
    const { connection, queue } = this.#settings;
    const channel = new ConsumerChannel(await connection.openChannel(), this, this.#settings.arguments);
    this.#channel = channel;
    try {
      await channel.consume(queue, this.#prefetch);
    } catch (error) {
      if (this.#channel === channel) this.#channel = undefined;
      await channel.close();
      throw error;
    }
    // The end of a channel can be in the same bytes as the broker's confirmation; then nothing would open it again.
    if (this.#channel !== channel) throw new Error(this.#trouble || "the channel was closed as soon as it was opened");
    if (this.#state === "starting" || this.#state === "reopening") this.#setState("consuming");
  }

  #setState(state: ConsumerState): void {
    if (this.#state === "closed") return;
    this.#state = state;
    this.#since = Date.now();
    this.#settings.logger.debug(`consumer of "${this.#settings.queue}" is ${state}`);
  }

  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#operations.then(operation);
    this.#operations = result.catch(() => {});
    return result;
  }
}

function cureOf({ replyCode }: Reply): string {
  if (replyCode === 404) {
    return ". Create it first (`tomodachi topology <service>` prints how), or let the service declare it (declare: true)";
  }
  return replyCode === 403
    ? ". Give the login read on it: `tomodachi topology <service> --permissions run` prints all that it needs"
    : "";
}
