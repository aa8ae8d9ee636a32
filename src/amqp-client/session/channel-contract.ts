/** The calls between a channel, its connection and their users. */
import type { FrameWriter } from "../../amqp-wire/frame-writer.ts";
import type { ReceivedMessage } from "./received-message.ts";

/** Where the channels of a connection write their frames. */
export interface ChannelOutput {
  readonly writer: FrameWriter;
  /** The socket takes more. */
  readonly writable: boolean;
  /** Something was written to `writer`. */
  written(): void;
}

/** What a channel needs of its connection. */
export interface ChannelHost {
  readonly output: ChannelOutput;
  /** The broker reads nothing for now. */
  readonly blocked: boolean;
  readonly answerTimeoutMs: number;
  /** The number may be used again. */
  released(channel: number): void;
  /** The connection cannot be used any more. */
  fail(error: Error): void;
  /** A listener threw. */
  listenerFailed(error: unknown): void;
}

export interface ChannelEvents {
  /** The channel is closed; without an error if this process closed it. Called once, also for a listener that is added afterwards. */
  closed(error: Error | undefined): void;
  /** basic.ack or basic.nack for publishes: this one, or with `multiple` all up to it. */
  confirmed(sequence: number, multiple: boolean, accepted: boolean): void;
  /** A mandatory message reached no queue; its confirm comes after it. */
  returned(message: ReceivedMessage): void;
  /** The socket takes more, after `publish` returned false. */
  drained(): void;
}

export interface ChannelConsumer {
  delivered(message: ReceivedMessage): void;
  /** The broker ended it: its queue was deleted, its node is stopping, or a delivery was held too long. */
  cancelled(): void;
}
