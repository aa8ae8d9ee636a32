/** The receiving side of a channel: consumers, basic.get, and the settlement of what was delivered. */
import { randomBytes } from "node:crypto";
import { replyCode } from "../amqp-wire/constants.ts";
import type { Content } from "../amqp-wire/content.ts";
import { fieldInteger } from "../amqp-wire/field-table.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import { decodeProperties } from "../amqp-wire/properties.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { Consumer, type ConsumerHost } from "./consumer.ts";
import { ConsumerTimeout } from "./consumer-timeout.ts";
import { contentOf } from "./content-of.ts";
import { channelError, connectionError } from "./errors.ts";
import { requireQueue } from "./lookup.ts";
import type { Message, QueuedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";
import { type ReplyConsumer, replyQueueName } from "./reply-consumers.ts";
import type { Transaction } from "./transaction.ts";
import { typeName } from "./type-names.ts";
import { Unacknowledged, type UnacknowledgedDelivery } from "./unacknowledged.ts";

type Delivery = UnacknowledgedDelivery<Consumer>;

export class Consuming implements ConsumerHost, ReplyConsumer {
  readonly #scope: ChannelScope;
  readonly #transaction: Transaction;
  readonly #consumers = new Map<string, Consumer>();
  readonly #unacknowledged = new Unacknowledged<Consumer>();
  readonly #timeout: ConsumerTimeout;
  #lastTag = 0;
  /** For the consumers to come. */
  #prefetch = 0;
  #reply: { readonly tag: string; readonly key: string } | undefined;

  constructor(scope: ChannelScope, transaction: Transaction) {
    this.#scope = scope;
    this.#transaction = transaction;
    this.#timeout = new ConsumerTimeout(scope, () => this.#unacknowledged.oldest?.deliveredAt);
  }

  get canSend(): boolean {
    return this.#scope.host.canSend;
  }

  /** Under which the channel's reply consumer is reached. */
  get replyKey(): string | undefined {
    return this.#reply?.key;
  }

  /** For each consumer to come. RabbitMQ 4.3 takes a global prefetch, which it has no more, for one of this kind. */
  setPrefetch({ prefetchSize, prefetchCount }: MethodFields<"basic.qos">): void {
    if (prefetchSize > 0) throw connectionError(replyCode.notImplemented, `prefetch_size!=0 (${prefetchSize})`);
    this.#prefetch = prefetchCount;
  }

  /** The reply goes out before the first delivery. */
  consume(method: MethodFields<"basic.consume">): void {
    const consumerTag = method.consumerTag === "" ? newConsumerTag() : method.consumerTag;
    // The tag of a reply consumer may be used again, as in RabbitMQ.
    if (this.#consumers.has(consumerTag)) {
      throw connectionError(replyCode.notAllowed, `attempt to reuse consumer tag '${consumerTag}'`);
    }
    const consumer = method.queue === replyQueueName ? undefined : this.#newConsumer(consumerTag, method);
    if (!consumer) this.#consumeReplies(consumerTag, method.noAck);
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
    } else if (this.#reply?.tag === consumerTag) this.#endReplies();
  }

  get({ queue: name, noAck }: MethodFields<"basic.get">): void {
    const { host, number } = this.#scope;
    const queue = requireQueue(this.#scope, name);
    this.#scope.check("read", "queue", queue.name);
    const entry = queue.get(noAck);
    if (!entry) {
      this.#scope.send({ name: "basic.get-empty" });
      return;
    }
    const deliveryTag = this.#delivered(entry, queue, noAck, undefined);
    const { exchange, routingKey } = entry.message;
    const content = contentFor(entry);
    const { redelivered } = entry;
    host.writer.method(number, {
      name: "basic.get-ok",
      deliveryTag,
      redelivered,
      exchange,
      routingKey,
      messageCount: queue.readyCount,
    });
    host.writer.content(number, content.header, content.body);
    host.flushSoon();
  }

  acknowledge({ deliveryTag, multiple }: MethodFields<"basic.ack">): void {
    const deliveries = this.#take(deliveryTag, multiple);
    this.#settle(deliveries, () => {
      for (const { queue } of deliveries) queue.acknowledged();
    });
  }

  /** RabbitMQ 4.3: what comes back by basic.reject has failed once more, what comes back by basic.nack has not. */
  reject({ deliveryTag, requeue }: MethodFields<"basic.reject">): void {
    this.#reject(this.#take(deliveryTag, false), requeue, true);
  }

  negativeAcknowledge({ deliveryTag, multiple, requeue }: MethodFields<"basic.nack">): void {
    this.#reject(this.#take(deliveryTag, multiple), requeue, false);
  }

  #reject(deliveries: readonly Delivery[], requeue: boolean, failed: boolean): void {
    this.#settle(deliveries, () => {
      if (requeue) putBack(deliveries, failed);
      else for (const { queue, entry } of deliveries) queue.reject(entry);
    });
  }

  /** All that waits for an acknowledgement goes back. */
  recover(requeue: boolean): void {
    if (!requeue) throw connectionError(replyCode.notImplemented, "requeue=false");
    const deliveries = this.#unacknowledged.takeUpTo(0);
    this.#settle(deliveries, () => putBack(deliveries, false));
  }

  /** The connection can send again. */
  resume(): void {
    for (const { queue } of this.#consumers.values()) queue.deliver();
  }

  /** The channel is gone: what it held goes back before anybody else takes its place. */
  end(): void {
    this.#timeout.end();
    this.#endReplies();
    for (const consumer of this.#consumers.values()) consumer.end();
    const deliveries = this.#unacknowledged.takeUpTo(0);
    putBack(deliveries, true);
    for (const consumer of this.#consumers.values()) consumer.queue.removeConsumer(consumer);
    this.#consumers.clear();
    deliverAgain(deliveries);
  }

  deliver(consumer: Consumer, entry: QueuedMessage): void {
    const { host, number } = this.#scope;
    const tag = this.#delivered(entry, consumer.queue, consumer.noAck, consumer);
    const { exchange, routingKey } = entry.message;
    const { header, body } = contentFor(entry);
    host.writer.delivery(number, consumer.tag, tag, entry.redelivered, exchange, routingKey, header, body);
    host.flushSoon();
  }

  deliverReply({ exchange, routingKey, content }: Message): void {
    const { host, number } = this.#scope;
    const { tag } = this.#reply ?? { tag: "" };
    host.writer.delivery(number, tag, ++this.#lastTag, false, exchange, routingKey, content.header, content.body);
    host.flushSoon();
  }

  cancelled({ tag: consumerTag }: Consumer): void {
    this.#consumers.delete(consumerTag);
    // RabbitMQ tells only those who said that they listen.
    if (this.#scope.host.consumerCancelNotify) this.#scope.send({ name: "basic.cancel", consumerTag, nowait: true });
  }

  #newConsumer(tag: string, method: MethodFields<"basic.consume">): Consumer {
    const scope = this.#scope;
    const queue = requireQueue(scope, method.queue);
    scope.check("read", "queue", queue.name);
    const priority = priorityOf(method, queue);
    const { exclusive, noAck } = method;
    const taken = queue.hasExclusiveConsumer || (exclusive && queue.consumerCount > 0);
    if (taken || (exclusive && queue.arguments.singleActiveConsumer)) {
      const text = `queue '${queue.name}' in vhost '${scope.virtualHost.name}' in exclusive use`;
      throw channelError(replyCode.accessRefused, text);
    }
    return new Consumer(this, { tag, queue, noAck, exclusive, priority, prefetch: this.#prefetch });
  }

  #consumeReplies(tag: string, noAck: boolean): void {
    if (!noAck) throw channelError(replyCode.preconditionFailed, "reply consumer cannot acknowledge");
    if (this.#reply) throw channelError(replyCode.preconditionFailed, "reply consumer already set");
    this.#reply = { tag, key: this.#scope.virtualHost.replies.add(this) };
  }

  #endReplies(): void {
    if (this.#reply) this.#scope.virtualHost.replies.remove(this.#reply.key);
    this.#reply = undefined;
  }

  #delivered(entry: QueuedMessage, queue: Queue, noAck: boolean, consumer: Consumer | undefined): number {
    const tag = ++this.#lastTag;
    if (noAck) return tag;
    this.#unacknowledged.add({ tag, entry, queue, consumer, deliveredAt: this.#scope.host.clock.now() });
    this.#timeout.watch();
    return tag;
  }

  #take(tag: number, multiple: boolean): readonly Delivery[] {
    if (tag === 0 && multiple) return this.#unacknowledged.takeUpTo(0);
    if (!this.#unacknowledged.has(tag)) {
      throw channelError(replyCode.preconditionFailed, `unknown delivery tag ${tag}`);
    }
    if (multiple) return this.#unacknowledged.takeUpTo(tag);
    const one = this.#unacknowledged.takeOne(tag);
    return one ? [one] : [];
  }

  #settle(deliveries: readonly Delivery[], act: () => void): void {
    this.#transaction.run(
      () => {
        for (const { consumer } of deliveries) consumer?.settled();
        act();
        deliverAgain(deliveries);
      },
      () => {
        this.#unacknowledged.restore(deliveries);
        this.#timeout.watch();
      },
    );
  }
}

function newConsumerTag(): string {
  return `amq.ctag-${randomBytes(16).toString("base64url")}`;
}

function priorityOf({ arguments: table }: MethodFields<"basic.consume">, { name, properties }: Queue): number {
  const value = table.get("x-priority");
  if (!value) return 0;
  const priority = fieldInteger(value);
  if (priority !== undefined) return Number(priority);
  throw channelError(
    replyCode.preconditionFailed,
    `invalid arg 'x-priority' for queue '${name}' in vhost '${properties.virtualHost}': "expected integer, got ${typeName(value)}"`,
  );
}

/** Quorum queues tell how often a message came back, and how often its delivery failed. */
function contentFor({ message, acquiredCount, deliveryCount }: QueuedMessage): Content {
  if (acquiredCount === 0) return message.content;
  const properties = decodeProperties(message.content.properties);
  const headers = new Map(properties.headers ?? []);
  headers.set("x-acquired-count", { type: "l", value: acquiredCount });
  if (deliveryCount > 0) headers.set("x-delivery-count", { type: "l", value: deliveryCount });
  return contentOf({ ...properties, headers }, message.content.body);
}

function putBack(deliveries: readonly Delivery[], failed: boolean): void {
  const byQueue = new Map<Queue, QueuedMessage[]>();
  for (const { queue, entry } of deliveries) {
    const entries = byQueue.get(queue);
    if (entries) entries.push(entry);
    else byQueue.set(queue, [entry]);
  }
  for (const [queue, entries] of byQueue) queue.putBack(entries, failed);
}

/** Credit came free, or messages came back. */
function deliverAgain(deliveries: readonly Delivery[]): void {
  let last: Queue | undefined;
  for (const { queue } of deliveries) {
    if (queue !== last) queue.deliver();
    last = queue;
  }
}
