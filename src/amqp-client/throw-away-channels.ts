/** Channels for one use each: what the broker refuses there costs nobody else anything. */
import { Gate } from "../util/gate.ts";
import type { AmqpChannel } from "./channel.ts";
import { closeChannel } from "./close-channel.ts";
import { AmqpChannelError, AmqpConnectionError, replyOf } from "./errors.ts";

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

  /** `begin` is called when there is room; throws where there is no connection. See `AmqpConnection.withChannel`. */
  use<T>(begin: () => ThrowAwayChannelsHost, use: (channel: AmqpChannel) => Promise<T>): Promise<T> {
    return this.#gate.pass(async () => {
      const host = begin();
      const channel = await host.openChannel();
      try {
        return await host.unlessLost(use(channel));
      } catch (error) {
        if (error instanceof AmqpConnectionError) throw error;
        const reply = replyOf(error);
        throw new AmqpChannelError("ERR_AMQP_CHANNEL_CLOSED", reply.replyText, { cause: error, ...reply });
      } finally {
        await closeChannel(channel);
      }
    });
  }
}
