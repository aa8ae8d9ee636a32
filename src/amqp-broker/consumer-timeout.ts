/** Closes a channel that keeps a delivery too long without an acknowledgement, as RabbitMQ does after half an hour. */
import { replyCode } from "../amqp-wire/constants.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { channelError } from "./errors.ts";

export class ConsumerTimeout {
  readonly #scope: ChannelScope;
  readonly #timeoutMs: number;
  /** When the oldest delivery was made; undefined when none waits. */
  readonly #oldest: () => number | undefined;
  #cancel: (() => void) | undefined;

  constructor(scope: ChannelScope, oldest: () => number | undefined) {
    this.#scope = scope;
    this.#oldest = oldest;
    this.#timeoutMs = scope.host.consumerTimeoutSeconds * 1000;
  }

  /** After each delivery; one timer does for all of them. */
  watch(): void {
    if (this.#cancel || this.#timeoutMs === 0) return;
    const { clock } = this.#scope.host;
    const left = (this.#oldest() ?? clock.now()) + this.#timeoutMs - clock.now();
    this.#cancel = clock.after(left, () => this.#look());
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    const oldest = this.#oldest();
    if (oldest === undefined) return;
    const { host, number } = this.#scope;
    if (oldest + this.#timeoutMs > host.clock.now()) this.watch();
    else {
      const text = `delivery acknowledgement on channel ${number} timed out. Timeout value used: ${this.#timeoutMs} ms. This timeout value can be configured, see consumers doc guide to learn more`;
      host.fail(number, channelError(replyCode.preconditionFailed, text));
    }
  }
}
