/** The receiving side of a channel: consumers, basic.get, and the settlement of what was delivered. */
import { randomBytes } from "node:crypto";
import { replyCode } from "../amqp-wire/constants.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { consumerTimeoutOf, priorityOf } from "./consume-arguments.ts";
import { Consumer, type ConsumerHost } from "./consumer.ts";
import { ConsumerTimeout } from "./consumer-timeout.ts";
import { channelError, connectionError } from "./errors.ts";
import { contentFor, deliverAgain, putBack } from "./held-deliveries.ts";
import { requireQueue } from "./lookup.ts";
import type { Message, QueuedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";
import { type ReplyConsumer, replyQueueName } from "./reply-consumers.ts";
import type { Transaction } from "./transaction.ts";
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
  /** Over all consumers; 0 is any number. Until RabbitMQ 4.2. */
  #globalPrefetch = 0;
  /** Deliveries that consumers hold. */
  #held = 0;
  #reply: { readonly tag: string; readonly key: string } | undefined;

  constructor(scope: ChannelScope, transaction: Transaction) {
    this.#scope = scope;
    this.#transaction = transaction;
    this.#timeout = new ConsumerTimeout(scope.host.clock, (now) => this.#takeBack(now));
  }

  get canSend(): boolean {
    return this.#scope.host.canSend;
  }

  get hasRoom(): boolean {
    return this.#globalPrefetch === 0 || this.#held < this.#globalPrefetch;
  }

  /** Under which the channel's reply consumer is reached. */
  get replyKey(): string | undefined {
    return this.#reply?.key;
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
    const content = contentFor(entry, this.#scope.virtualHost.profile);
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
    this.#settle(this.#take(deliveryTag, multiple), (deliveries) => {
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
    this.#settle(deliveries, (inTime) => {
      if (requeue) putBack(inTime, failed);
      else for (const { queue, entry } of inTime) queue.reject(entry);
    });
  }

  /** All that waits for an acknowledgement goes back. */
  recover(requeue: boolean): void {
    if (!requeue) throw connectionError(replyCode.notImplemented, "requeue=false");
    this.#settle(this.#unacknowledged.takeUpTo(0), (deliveries) => putBack(deliveries, false));
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
    const deliveries = this.#unacknowledged.takeUpTo(0).filter(({ timedOut }) => !timedOut);
    putBack(deliveries, true);
    for (const consumer of this.#consumers.values()) consumer.queue.removeConsumer(consumer);
    this.#consumers.clear();
    deliverAgain(deliveries);
  }

  deliver(consumer: Consumer, entry: QueuedMessage): void {
    const { host, number } = this.#scope;
    const tag = this.#delivered(entry, consumer.queue, consumer.noAck, consumer);
    const { exchange, routingKey } = entry.message;
    const { header, body } = contentFor(entry, this.#scope.virtualHost.profile);
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
    if (this.#globalPrefetch > 0 && queue.arguments.type === "quorum") {
      const text = `queue '${queue.name}' in vhost '${scope.virtualHost.name}' does not support global qos`;
      throw connectionError(replyCode.notImplemented, text);
    }
    const timeoutMs = consumerTimeoutOf(queue, scope.host, method);
    return new Consumer(this, { tag, queue, noAck, exclusive, priority, prefetch: this.#prefetch, timeoutMs });
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
    const due =
      this.#scope.host.clock.now() + (consumer ? consumer.timeoutMs : consumerTimeoutOf(queue, this.#scope.host));
    this.#unacknowledged.add({ tag, entry, queue, consumer, due, timedOut: false });
    if (consumer) this.#held++;
    this.#timeout.watch(due);
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

  /** Acts on those that their queue has not taken back. */
  #settle(deliveries: readonly Delivery[], act: (inTime: readonly Delivery[]) => void): void {
    this.#transaction.run(
      () => {
        for (const { consumer, queue, timedOut } of deliveries) {
          if (consumer) this.#held--;
          if (!timedOut) consumer?.settled();
          else {
            consumer?.settledLate();
            queue.timeoutsChanged();
          }
        }
        act(deliveries.some(({ timedOut }) => timedOut) ? deliveries.filter(({ timedOut }) => !timedOut) : deliveries);
        deliverAgain(deliveries);
        if (this.#globalPrefetch > 0) this.resume();
      },
      () => {
        this.#unacknowledged.restore(deliveries);
        for (const { due } of deliveries) this.#timeout.watch(due);
      },
    );
  }

  /** The queues take back what is due, and their consumers are cancelled. Gives when the next delivery is due. */
  #takeBack(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    const late: Delivery[] = [];
    for (const delivery of this.#unacknowledged) {
      if (delivery.timedOut) continue;
      if (delivery.due <= now) late.push(delivery);
      else next = Math.min(next, delivery.due);
    }
    if (late.length > 0 && this.#scope.virtualHost.profile.timeoutEnds === "channel") {
      this.#failTimedOut(this.#scope.host.consumerTimeoutSeconds * 1000);
      return Number.POSITIVE_INFINITY;
    }
    for (const delivery of late) {
      delivery.timedOut = true;
      delivery.consumer?.timedOut();
    }
    putBack(late, false);
    for (const { queue } of late) queue.timeoutsChanged();
    for (const consumer of new Set(late.map((delivery) => delivery.consumer))) this.#tellTimedOut(consumer);
    deliverAgain(late);
    return next;
  }

  /** It stays known until the client cancels it. Whoever cannot be told by basic.cancel loses the channel (RabbitMQ 4.3). */
  #tellTimedOut(consumer: Consumer | undefined): void {
    const { host } = this.#scope;
    if (consumer && host.consumerCancelNotify && this.#consumers.get(consumer.tag) === consumer) {
      this.#scope.send({ name: "basic.cancel", consumerTag: consumer.tag, nowait: true });
      return;
    }
    this.#failTimedOut(-1);
  }

  #failTimedOut(timeoutMs: number): void {
    const { host, number } = this.#scope;
    const words = `delivery acknowledgement on channel ${number} timed out. Timeout value used: ${timeoutMs} ms. This timeout value can be configured, see consumers doc guide to learn more`;
    host.fail(number, channelError(replyCode.preconditionFailed, words));
  }
}

function newConsumerTag(): string {
  return `amq.ctag-${randomBytes(16).toString("base64url")}`;
}
