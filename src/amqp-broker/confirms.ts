/** Publisher confirms of one channel: acknowledgements of a turn in as few frames as their order allows. */
import type { ChannelScope } from "./channel-scope.ts";

export class ServerConfirms {
  readonly #scope: ChannelScope;
  /** The last publish on the channel since confirm.select. */
  #lastTag = 0;
  /** All publishes up to this one have been confirmed. */
  #toldTag = 0;
  /** All from `toldTag` to this one are stored. */
  #storedTag = 0;
  readonly #tell = (): void => this.#sendStored();

  constructor(scope: ChannelScope) {
    this.#scope = scope;
  }

  /** The broker has taken the next publish, or refuses it. */
  settled(stored: boolean): void {
    const tag = ++this.#lastTag;
    if (stored) {
      if (this.#storedTag === this.#toldTag) this.#scope.host.output.beforeFlush(this.#tell);
      this.#storedTag = tag;
      return;
    }
    this.#sendStored();
    this.#storedTag = tag;
    this.#toldTag = tag;
    this.#scope.send({ name: "basic.nack", deliveryTag: tag, multiple: false, requeue: false });
  }

  /** The channel ends: stored messages are confirmed before its last frame. */
  end(): void {
    this.#sendStored();
  }

  #sendStored(): void {
    const count = this.#storedTag - this.#toldTag;
    if (count === 0) return;
    this.#toldTag = this.#storedTag;
    this.#scope.send({ name: "basic.ack", deliveryTag: this.#storedTag, multiple: count > 1 });
  }
}
