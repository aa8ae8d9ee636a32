/** Direct reply-to: consumers without a queue, reached by a key that only the receiver of the request knows. */
import { createHmac, randomBytes } from "node:crypto";
import type { Message } from "./message.ts";

/** The queue name that clients consume and write into `reply-to`. */
export const replyQueueName = "amq.rabbitmq.reply-to";
const keyPrefix = `${replyQueueName}.`;

/** A receiver of replies; a channel implements it. */
export interface ReplyConsumer {
  deliverReply(message: Message): void;
}

export class ReplyConsumers {
  readonly #byKey = new Map<string, ReplyConsumer>();
  /** Marks the keys given away here, so that they are known without being kept. */
  readonly #secret = randomBytes(32);
  readonly #returnsLost: boolean;

  /** @param returnsLost a reply to a closed channel counts as unroutable, as until RabbitMQ 4.1 */
  constructor(returnsLost = false) {
    this.#returnsLost = returnsLost;
  }

  /** Returns the key under which the consumer is reached, in the form that RabbitMQ's have: the last part is 16 bytes in base 64. */
  add(consumer: ReplyConsumer): string {
    const name = randomBytes(16).toString("base64url");
    const key = `${keyPrefix}${name}.${this.#markOf(name)}`;
    this.#byKey.set(key, consumer);
    return key;
  }

  remove(key: string): void {
    this.#byKey.delete(key);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /**
   * Undefined when the key does not belong to a reply consumer; else whether it is or once was one. RabbitMQ 4.2 and later hold an
   * answer to a closed channel for routed, and drop it.
   */
  deliver(message: Message): boolean | undefined {
    if (!message.routingKey.startsWith(keyPrefix)) return undefined;
    const consumer = this.#byKey.get(message.routingKey);
    consumer?.deliverReply(message);
    return consumer !== undefined || (!this.#returnsLost && this.#wasGiven(message.routingKey));
  }

  #wasGiven(key: string): boolean {
    const [name = "", mark] = key.slice(keyPrefix.length).split(".");
    return mark === this.#markOf(name);
  }

  #markOf(name: string): string {
    return createHmac("sha256", this.#secret).update(name).digest().subarray(0, 16).toString("base64");
  }
}
