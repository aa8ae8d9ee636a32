/** Replaced channels on which requests were sent: each stays open until its replies have arrived. */
import type { AmqpChannel } from "./channel.ts";
import { RefusedChannel } from "./refused-channel.ts";

export class ReplacedChannels {
  readonly #refused = new RefusedChannel();
  /** How many replies are still expected. */
  readonly #left = new Map<AmqpChannel, number>();

  /** The broker refused a request on the present channel. True when another one is to be taken. */
  refused(): boolean {
    this.#refused.refused();
    return this.#refused.next(0) === "replace";
  }

  /** True when no reply is to come, so that it can be closed at once. */
  add(channel: AmqpChannel, replies: number): boolean {
    if (replies === 0) return true;
    this.#left.set(channel, replies);
    return false;
  }

  /** A request that went out on the channel has ended. True when it was the last one for which the channel is open. */
  ended(channel: AmqpChannel): boolean {
    const left = this.#left.get(channel);
    if (left === undefined) return false;
    if (left > 1) {
      this.#left.set(channel, left - 1);
      return false;
    }
    return this.#left.delete(channel);
  }

  /** The channel is closed. */
  delete(channel: AmqpChannel): void {
    this.#left.delete(channel);
  }
}
