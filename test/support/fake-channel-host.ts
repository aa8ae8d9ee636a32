// A connection of the embedded broker without a socket: what its channels send is read back, and ended by hand.

import { Access } from "../../src/amqp-broker/access.ts";
import type { ServerChannelHost, ServerOutput } from "../../src/amqp-broker/channel-scope.ts";
import type { ReplyError } from "../../src/amqp-broker/errors.ts";
import type { ChannelLimits } from "../../src/amqp-broker/options.ts";
import { VirtualHost } from "../../src/amqp-broker/virtual-host.ts";
import { FrameReader } from "../../src/amqp-wire/frame-reader.ts";
import { FrameWriter } from "../../src/amqp-wire/frame-writer.ts";
import { decodeMethod, type Method } from "../../src/amqp-wire/methods.ts";
import { createVirtualClock } from "../../src/testing/virtual-clock.ts";

/** A method that was sent; a content shows as its body. */
export type Sent = { readonly channel: number } & (Method | { readonly name: "body"; readonly text: string });

export class FakeChannelHost implements ServerChannelHost, ServerOutput {
  readonly user = "guest";
  readonly virtualHost: VirtualHost;
  readonly access = new Access();
  readonly output = this;
  readonly writer = new FrameWriter(131_072);
  readonly limits: ChannelLimits;
  readonly consumerCancelNotify = true;
  readonly failures: { readonly channel: number; readonly error: ReplyError }[] = [];
  canSend = true;
  #before: (() => void)[] = [];

  constructor({
    consumerTimeoutSeconds = 0,
    virtualHost,
  }: { consumerTimeoutSeconds?: number; virtualHost?: VirtualHost } = {}) {
    this.virtualHost = virtualHost ?? new VirtualHost("/", createVirtualClock({ now: 1_000_000 }));
    this.limits = { maxMessageBytes: 16 * 2 ** 20, consumerTimeoutSeconds };
    this.access.addUser({ name: "guest", password: "guest" }, true);
  }

  flushSoon(): void {}

  beforeFlush(add: () => void): void {
    this.#before.push(add);
  }

  fail(channel: number, error: ReplyError): void {
    this.failures.push({ channel, error });
  }

  /** Ends the turn: what was sent since the last call. */
  flush(): readonly Sent[] {
    const before = this.#before;
    this.#before = [];
    for (const add of before) add();
    return readFrames(this.writer.take());
  }
}

/** The frames in these parts; content headers are left out. */
export function readFrames(parts: readonly Buffer[]): readonly Sent[] {
  const sent: Sent[] = [];
  const reader = new FrameReader(2 ** 31);
  reader.push(Buffer.concat(parts), (type, channel, payload) => {
    if (type === 1) sent.push({ channel, ...decodeMethod(Buffer.from(payload)) });
    else if (type === 3) sent.push({ channel, name: "body", text: payload.toString() });
  });
  return sent;
}
