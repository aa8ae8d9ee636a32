/** Direct reply-to: consumers that are no queues, reached by a key that only the one who was asked knows. */
import { randomBytes } from "node:crypto";
import type { Message } from "./message.ts";

/** What clients consume and put into `reply-to`. */
export const replyQueueName = "amq.rabbitmq.reply-to";
const keyPrefix = `${replyQueueName}.`;

/** What takes replies; a channel implements it. */
export interface ReplyConsumer {
  deliverReply(message: Message): void;
}

export class ReplyConsumers {
  readonly #byKey = new Map<string, ReplyConsumer>();

  /** Gives the key under which the consumer is reached. */
  add(consumer: ReplyConsumer): string {
    const key = `${keyPrefix}${randomBytes(16).toString("base64url")}`;
    this.#byKey.set(key, consumer);
    return key;
  }

  remove(key: string): void {
    this.#byKey.delete(key);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Undefined when the key is none of a reply consumer; else whether there still is one. */
  deliver(message: Message): boolean | undefined {
    if (!message.routingKey.startsWith(keyPrefix)) return undefined;
    const consumer = this.#byKey.get(message.routingKey);
    consumer?.deliverReply(message);
    return consumer !== undefined;
  }
}
