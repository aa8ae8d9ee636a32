// A confirm channel and its connection without a broker: publishes are kept, and answered by hand.
import type { AmqpChannel } from "../../src/amqp-client/channel.ts";
import type { AmqpConnection } from "../../src/amqp-client/connection.ts";
import type { ConnectionEvents } from "../../src/amqp-client/connection-events.ts";
import type { ChannelPublishOptions } from "../../src/amqp-client/outgoing-message.ts";
import { PublishTurn } from "../../src/amqp-client/publish-turn.ts";
import type { ChannelEvents } from "../../src/amqp-client/session/channel-contract.ts";
import type { ReceivedMessage } from "../../src/amqp-client/session/received-message.ts";

export interface FakePublish {
  readonly routingKey: string;
  readonly options: ChannelPublishOptions;
  /** The confirm: with an error it is a basic.nack. */
  answer(error?: Error): void;
}

/** As much of a channel as publishers use. */
export class FakeConfirmChannel {
  readonly published: FakePublish[] = [];
  readonly #listeners: Partial<ChannelEvents>[] = [];
  /** "closing" and "closed" refuse publishes; "dies" ends while its consumer is being made. */
  state: "open" | "closing" | "closed" | "dies" = "open";
  get isOpen(): boolean {
    return this.state === "open" || this.state === "dies";
  }

  #deliver: ((message: ReceivedMessage | null) => void) | undefined;

  async consume(_queue: string, deliver: (message: ReceivedMessage | null) => void): Promise<void> {
    this.#deliver = deliver;
    if (this.state === "dies") this.end();
  }

  publish(_exchange: string, routingKey: string, _content: Buffer, options: ChannelPublishOptions): boolean {
    if (this.state !== "open") {
      const error = new Error(this.state === "closed" ? "Channel closed" : "Channel closing");
      throw Object.assign(error, { name: "IllegalOperationError" });
    }
    const sequence = this.published.length + 1;
    const answer = (error?: Error): void => {
      for (const listener of this.#listeners) listener.confirmed?.(sequence, false, error === undefined);
    };
    this.published.push({ routingKey, options, answer });
    return true;
  }

  /** A reply, as direct reply-to delivers it. */
  reply(correlationId: unknown, text = ""): void {
    this.#deliver?.({
      content: Buffer.from(text),
      readableProperties: { correlationId },
    } as unknown as ReceivedMessage);
  }

  /** The broker cancels the consumer. */
  cancelConsumer(): void {
    this.#deliver?.(null);
  }

  async close(): Promise<void> {
    this.state = "closed";
    this.end();
  }

  subscribe(events: Partial<ChannelEvents>): () => void {
    this.#listeners.push(events);
    return () => {};
  }

  /** Reports that it is closed, with the broker's error. */
  end(error?: Error): void {
    for (const listener of this.#listeners.splice(0)) listener.closed?.(error);
  }
}

/** A connection that opens these channels in turn. */
export class FakeConnection {
  readonly #channels: FakeConfirmChannel[];
  readonly #listeners: Partial<ConnectionEvents>[] = [];
  state: AmqpConnection["state"] = "connected";
  blocked = false;
  closeReply: AmqpConnection["closeReply"];
  readonly limits = { frameMax: 131_072, channelMax: 2047 };
  readonly publishTurn = new PublishTurn();

  constructor(...channels: FakeConfirmChannel[]) {
    this.#channels = channels;
  }

  /** Of channels that were not opened. */
  get left(): number {
    return this.#channels.length;
  }

  async open(): Promise<void> {}

  /** What is asked on a throw-away channel. */
  async withChannel(): Promise<void> {}

  subscribe(events: Partial<ConnectionEvents>): () => void {
    this.#listeners.push(events);
    return () => {};
  }

  tell(event: "opened" | "unblocked"): void {
    for (const listener of this.#listeners) listener[event]?.();
  }

  tellLost(): void {
    for (const listener of this.#listeners) listener.lost?.(new Error("lost"));
  }

  async openConfirmChannel(): Promise<AmqpChannel> {
    return this.#channels.shift() as unknown as AmqpChannel;
  }

  as(): AmqpConnection {
    return this as unknown as AmqpConnection;
  }
}
