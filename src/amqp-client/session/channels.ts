/** The channels of one connection, by number. */
import { replyCode } from "../../amqp-wire/constants.ts";
import { FrameError } from "../../amqp-wire/errors.ts";
import { SessionChannel } from "./channel.ts";
import type { ChannelHost } from "./channel-contract.ts";
import { ChannelNumbers } from "./channel-numbers.ts";

export class Channels {
  readonly #host: ChannelHost;
  readonly #channels = new Map<number, SessionChannel>();
  #numbers = new ChannelNumbers(0);

  constructor(host: ChannelHost) {
    this.#host = host;
  }

  /** Both peers agreed on the highest number. */
  agree(channelMax: number): void {
    this.#numbers = new ChannelNumbers(channelMax);
  }

  /** Opens a channel on a free number; rejects with ERR_AMQP_CHANNEL_LIMIT if all are in use. */
  async open(): Promise<SessionChannel> {
    const number = this.#numbers.take();
    const channel = new SessionChannel(number, this.#host);
    this.#channels.set(number, channel);
    await channel.ask({ name: "channel.open" }, "channel.open-ok");
    return channel;
  }

  /** Takes a frame of one of them; throws FrameError where the protocol does not allow it. */
  take(type: number, number: number, payload: Buffer): void {
    const channel = this.#channels.get(number);
    if (!channel) throw new FrameError(replyCode.channelError, `a frame for channel ${number}, which is not open`);
    channel.take(type, payload);
  }

  release(number: number): void {
    if (this.#channels.delete(number)) this.#numbers.giveBack(number);
  }

  drained(): void {
    for (const channel of this.#channels.values()) channel.drained();
  }

  /** The connection is closed, and every channel with it. */
  end(error: Error | undefined): void {
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const channel of channels) channel.connectionEnded(error);
  }
}
