/** Direct reply-to on one channel: its reply consumer, and what is delivered to it. */
import { replyCode } from "../amqp-wire/constants.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { channelError } from "./errors.ts";
import type { Message } from "./message.ts";
import { type ReplyConsumer, replyQueueName } from "./reply-consumers.ts";

export class ChannelReplies implements ReplyConsumer {
  readonly #scope: ChannelScope;
  /** Replies share the delivery tags of the channel. */
  readonly #nextTag: () => number;
  #consumer: { readonly tag: string; readonly key: string } | undefined;

  constructor(scope: ChannelScope, nextTag: () => number) {
    this.#scope = scope;
    this.#nextTag = nextTag;
  }

  /** Under which the channel's reply consumer is reached. */
  get key(): string | undefined {
    return this.#consumer?.key;
  }

  /** Whether a queue name means direct reply-to. */
  areIn(queue: string): boolean {
    return queue === replyQueueName;
  }

  consume(tag: string, noAck: boolean): void {
    if (!noAck) throw channelError(replyCode.preconditionFailed, "reply consumer cannot acknowledge");
    if (this.#consumer) throw channelError(replyCode.preconditionFailed, "reply consumer already set");
    this.#consumer = { tag, key: this.#scope.virtualHost.replies.add(this) };
  }

  /** Nothing happens where the reply consumer has another tag. */
  cancel(tag: string): void {
    if (this.#consumer?.tag === tag) this.end();
  }

  deliverReply({ exchange, routingKey, content }: Message): void {
    const { host, number } = this.#scope;
    const { writer } = host.output;
    const tag = this.#consumer?.tag ?? "";
    writer.delivery(number, tag, this.#nextTag(), false, exchange, routingKey, content.header, content.body);
    host.output.flushSoon();
  }

  end(): void {
    if (this.#consumer) this.#scope.virtualHost.replies.remove(this.#consumer.key);
    this.#consumer = undefined;
  }
}
