/** Channels for calls that the broker may refuse: a refusal closes the channel, but affects no other user. */
import { Gate } from "../util/gate.ts";
import type { AmqpChannel } from "./channel.ts";
import { closeChannel } from "./close-channel.ts";
import { AmqpChannelError, AmqpConnectionError, replyOf } from "./errors.ts";
import { explainReply } from "./session/reply-codes.ts";

/** At a time: a service with hundreds of queues must not need as many channels to declare them. */
const mostAtOnce = 4;

/** What is needed of the connection. */
export interface ThrowAwayChannelsHost {
  openChannel(): Promise<AmqpChannel>;
  /** Rejects in the words of the connection where the promise rejects because the connection was lost. */
  unlessLost<T>(asked: Promise<T>): Promise<T>;
}

export class ThrowAwayChannels {
  readonly #gate = new Gate(mostAtOnce);
  /** Open channels that no call uses now, until the end of this turn of the event loop. */
  readonly #spare = new Set<AmqpChannel>();
  #closesSpare = false;

  /** `begin` is called when there is room; throws where there is no connection. See `AmqpConnection.withChannel`. */
  share<T>(begin: () => ThrowAwayChannelsHost, use: (channel: AmqpChannel) => Promise<T>): Promise<T> {
    return this.#gate.pass(async () => {
      const host = begin();
      const channel = this.#takeSpare() ?? (await host.openChannel());
      try {
        const result = await answerOf(host, use(channel));
        this.#keep(channel);
        return result;
      } catch (error) {
        await closeChannel(channel);
        throw error;
      }
    });
  }

  /** See `AmqpConnection.withOwnChannel`. */
  use<T>(begin: () => ThrowAwayChannelsHost, use: (channel: AmqpChannel) => Promise<T>): Promise<T> {
    return this.#gate.pass(async () => {
      const host = begin();
      const channel = await host.openChannel();
      try {
        return await answerOf(host, use(channel));
      } finally {
        await closeChannel(channel);
      }
    });
  }

  #takeSpare(): AmqpChannel | undefined {
    for (const channel of this.#spare) {
      this.#spare.delete(channel);
      if (channel.isOpen) return channel;
    }
    return undefined;
  }

  /** For the call that follows in this turn; closed at its end. */
  #keep(channel: AmqpChannel): void {
    this.#spare.add(channel);
    if (this.#closesSpare) return;
    this.#closesSpare = true;
    setImmediate(() => {
      this.#closesSpare = false;
      const unused = [...this.#spare];
      this.#spare.clear();
      for (const one of unused) void closeChannel(one);
    });
  }
}

/** A refusal of the broker as an AmqpChannelError. */
async function answerOf<T>(host: ThrowAwayChannelsHost, asked: Promise<T>): Promise<T> {
  try {
    return await host.unlessLost(asked);
  } catch (error) {
    if (error instanceof AmqpConnectionError) throw error;
    const reply = replyOf(error);
    const text = explainReply(reply.replyCode, reply.replyText);
    throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", text, { cause: error, ...reply });
  }
}
