/** The receiving side of a channel: its consumers, their prefetch, and basic.get. */
import { randomBytes } from "node:crypto";
import { replyCode } from "../amqp-wire/constants.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import { ChannelReplies } from "./channel-replies.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { consumerTimeoutOf, priorityOf } from "./consume-arguments.ts";
import { ServerConsumer, type ServerConsumerHost } from "./consumer.ts";
import { Deliveries, type DeliveriesHost } from "./deliveries.ts";
import { channelError, connectionError } from "./errors.ts";
import { contentFor } from "./held-deliveries.ts";
import { queueName, requireQueue } from "./lookup.ts";
import type { QueuedMessage } from "./message.ts";
import type { Transaction } from "./transaction.ts";

export class ServerConsuming implements ServerConsumerHost, DeliveriesHost {
  /** What was delivered, and its settlement. */
  readonly deliveries: Deliveries;
  readonly #scope: ChannelScope;
  readonly #consumers = new Map<string, ServerConsumer>();
  readonly #replies: ChannelReplies;
  /** For the consumers to come. */
  #prefetch = 0;
  /** Over all consumers; 0 is any number. Until RabbitMQ 4.2. */
  #globalPrefetch = 0;

  constructor(scope: ChannelScope, transaction: Transaction) {
    this.#scope = scope;
    this.deliveries = new Deliveries(this, scope, transaction);
    this.#replies = new ChannelReplies(scope, () => this.deliveries.nextTag());
  }

  get canSend(): boolean {
    return this.#scope.host.canSend;
  }

  get hasRoom(): boolean {
    return this.#globalPrefetch === 0 || this.deliveries.held < this.#globalPrefetch;
  }

  /** Under which the channel's reply consumer is reached. */
  get replyKey(): string | undefined {
    return this.#replies.key;
  }

  /** For each consumer to come. RabbitMQ 4.3 takes a global prefetch, which it has no more, for one of this kind. */
  setPrefetch({ prefetchSize, prefetchCount, global }: MethodFields<"basic.qos">): void {
    if (prefetchSize > 0) throw connectionError(replyCode.notImplemented, `prefetch_size!=0 (${prefetchSize})`);
    if (!global || !this.#scope.virtualHost.profile.hasGlobalPrefetch) {
      this.#prefetch = prefetchCount;
      return;
    }
    this.#globalPrefetch = prefetchCount;
    this.resume();
  }

  /** The reply goes out before the first delivery. */
  consume(method: MethodFields<"basic.consume">): void {
    const consumerTag = method.consumerTag === "" ? newConsumerTag() : method.consumerTag;
    // The tag of a reply consumer may be used again, as in RabbitMQ.
    if (this.#consumers.has(consumerTag)) {
      throw connectionError(replyCode.notAllowed, `attempt to reuse consumer tag '${consumerTag}'`);
    }
    const consumer = this.#replies.areIn(method.queue) ? undefined : this.#newConsumer(consumerTag, method);
    if (!consumer) this.#replies.consume(consumerTag, method.noAck);
    if (!method.nowait) this.#scope.send({ name: "basic.consume-ok", consumerTag });
    if (!consumer) return;
    this.#consumers.set(consumerTag, consumer);
    consumer.queue.addConsumer(consumer);
    consumer.queue.deliver();
  }

  /** What was delivered stays to be acknowledged. */
  cancel(consumerTag: string): void {
    const consumer = this.#consumers.get(consumerTag);
    if (consumer) {
      this.#consumers.delete(consumerTag);
      consumer.end();
      consumer.queue.removeConsumer(consumer);
    } else this.#replies.cancel(consumerTag);
  }

  get({ queue: name, noAck }: MethodFields<"basic.get">): void {
    const { host, number, virtualHost } = this.#scope;
    this.#scope.check("read", "queue", name);
    const queue = requireQueue(this.#scope, name);
    const entry = queue.get(noAck);
    if (!entry) {
      this.#scope.send({ name: "basic.get-empty" });
      return;
    }
    const deliveryTag = this.deliveries.add(entry, queue, noAck, undefined);
    const { redelivered } = entry;
    const { exchange, routingKey } = entry.message;
    const { header, body } = contentFor(entry, virtualHost.profile);
    const { writer } = host.output;
    const messageCount = queue.readyCount;
    writer.method(number, { name: "basic.get-ok", deliveryTag, redelivered, exchange, routingKey, messageCount });
    writer.content(number, header, body);
    host.output.flushSoon();
  }

  /** The connection can send again. */
  resume(): void {
    for (const { queue } of this.#consumers.values()) queue.deliver();
  }

  /** The channel is closed: its deliveries are requeued before another consumer takes its place. */
  end(): void {
    this.#replies.end();
    for (const consumer of this.#consumers.values()) consumer.end();
    this.deliveries.end(() => {
      for (const consumer of this.#consumers.values()) consumer.queue.removeConsumer(consumer);
      this.#consumers.clear();
    });
  }

  // What a consumer needs of its channel.

  deliver(consumer: ServerConsumer, entry: QueuedMessage): void {
    const { host, number, virtualHost } = this.#scope;
    const tag = this.deliveries.add(entry, consumer.queue, consumer.noAck, consumer);
    const { exchange, routingKey } = entry.message;
    const { header, body } = contentFor(entry, virtualHost.profile);
    const { output } = host;
    output.writer.delivery(number, consumer.tag, tag, entry.redelivered, exchange, routingKey, header, body);
    output.flushSoon();
  }

  cancelled({ tag: consumerTag }: ServerConsumer): void {
    this.#consumers.delete(consumerTag);
    // RabbitMQ notifies only clients that declared the capability.
    if (this.#scope.host.consumerCancelNotify) this.#scope.send({ name: "basic.cancel", consumerTag, nowait: true });
  }

  // What deliveries need of the consumers.

  has(consumer: ServerConsumer): boolean {
    return this.#consumers.get(consumer.tag) === consumer;
  }

  settled(): void {
    if (this.#globalPrefetch > 0) this.resume();
  }

  #newConsumer(tag: string, method: MethodFields<"basic.consume">): ServerConsumer {
    const scope = this.#scope;
    scope.check("read", "queue", queueName(scope, method.queue));
    const queue = requireQueue(scope, method.queue);
    const priority = priorityOf(method, queue);
    const { exclusive, noAck } = method;
    const taken = queue.hasExclusiveConsumer || (exclusive && queue.consumerCount > 0);
    if (taken || (exclusive && queue.arguments.singleActiveConsumer)) {
      const text = `queue '${queue.name}' in vhost '${scope.virtualHost.name}' in exclusive use`;
      throw channelError(replyCode.accessRefused, text);
    }
    if (this.#globalPrefetch > 0 && queue.arguments.type === "quorum") {
      const text = `queue '${queue.name}' in vhost '${scope.virtualHost.name}' does not support global qos`;
      throw connectionError(replyCode.notImplemented, text);
    }
    const timeoutMs = consumerTimeoutOf(queue, scope.host, method);
    return new ServerConsumer(this, { tag, queue, noAck, exclusive, priority, prefetch: this.#prefetch, timeoutMs });
  }
}

function newConsumerTag(): string {
  return `amq.ctag-${randomBytes(16).toString("base64url")}`;
}
