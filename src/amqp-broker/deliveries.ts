/** What a channel has delivered: delivery tags, the client's settlement, and what is held too long. */
import { replyCode } from "../amqp-wire/constants.ts";
import type { MethodFields } from "../amqp-wire/methods.ts";
import type { ChannelScope } from "./channel-scope.ts";
import { consumerTimeoutOf } from "./consume-arguments.ts";
import type { ServerConsumer } from "./consumer.ts";
import { ConsumerTimeout } from "./consumer-timeout.ts";
import { channelError, connectionError } from "./errors.ts";
import { deliverAgain, putBack } from "./held-deliveries.ts";
import type { QueuedMessage } from "./message.ts";
import type { Queue } from "./queue.ts";
import type { Transaction } from "./transaction.ts";
import { Unacknowledged, type UnacknowledgedDelivery } from "./unacknowledged.ts";

type Delivery = UnacknowledgedDelivery<ServerConsumer>;

/** What is needed of the consumers of the channel. */
export interface DeliveriesHost {
  /** The client has not cancelled it. */
  has(consumer: ServerConsumer): boolean;
  /** The channel holds fewer deliveries than before. */
  settled(): void;
}

export class Deliveries {
  readonly #host: DeliveriesHost;
  readonly #scope: ChannelScope;
  readonly #transaction: Transaction;
  readonly #unacknowledged = new Unacknowledged<ServerConsumer>();
  readonly #timeout: ConsumerTimeout;
  #lastTag = 0;
  #held = 0;

  constructor(host: DeliveriesHost, scope: ChannelScope, transaction: Transaction) {
    this.#host = host;
    this.#scope = scope;
    this.#transaction = transaction;
    this.#timeout = new ConsumerTimeout(scope.virtualHost.clock, (now) => this.#takeBack(now));
  }

  /** How many deliveries consumers hold. */
  get held(): number {
    return this.#held;
  }

  /** For a delivery that needs no acknowledgement. */
  nextTag(): number {
    return ++this.#lastTag;
  }

  /** Returns the tag of a delivery, which now waits for its settlement, unless the client does not acknowledge. */
  add(entry: QueuedMessage, queue: Queue, noAck: boolean, consumer: ServerConsumer | undefined): number {
    const tag = ++this.#lastTag;
    if (noAck) return tag;
    const { host, virtualHost } = this.#scope;
    const due = virtualHost.clock.now() + (consumer ? consumer.timeoutMs : consumerTimeoutOf(queue, host));
    this.#unacknowledged.add({ tag, entry, queue, consumer, due, timedOut: false });
    if (consumer) this.#held++;
    this.#timeout.watch(due);
    return tag;
  }

  acknowledge({ deliveryTag, multiple }: MethodFields<"basic.ack">): void {
    this.#settle(this.#take(deliveryTag, multiple), (deliveries) => {
      for (const { queue } of deliveries) queue.acknowledged();
    });
  }

  /** RabbitMQ 4.3: a message that comes back by basic.reject has failed again, one that comes back by basic.nack has not. */
  reject({ deliveryTag, requeue }: MethodFields<"basic.reject">): void {
    this.#reject(this.#take(deliveryTag, false), requeue, true);
  }

  negativeAcknowledge({ deliveryTag, multiple, requeue }: MethodFields<"basic.nack">): void {
    this.#reject(this.#take(deliveryTag, multiple), requeue, false);
  }

  /** All that waits for an acknowledgement goes back. */
  recover(requeue: boolean): void {
    if (!requeue) throw connectionError(replyCode.notImplemented, "requeue=false");
    this.#settle(this.#unacknowledged.takeUpTo(0), (deliveries) => putBack(deliveries, false));
  }

  /** The channel ends: what it held goes back; `leave` takes its consumers from their queues, before others get the messages. */
  end(leave: () => void): void {
    this.#timeout.end();
    const deliveries = this.#unacknowledged.takeUpTo(0).filter(({ timedOut }) => !timedOut);
    putBack(deliveries, true);
    leave();
    deliverAgain(deliveries);
  }

  #reject(deliveries: readonly Delivery[], requeue: boolean, failed: boolean): void {
    this.#settle(deliveries, (inTime) => {
      if (requeue) putBack(inTime, failed);
      else for (const { queue, entry } of inTime) queue.reject(entry);
    });
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
        this.#host.settled();
      },
      () => {
        this.#unacknowledged.restore(deliveries);
        for (const { due } of deliveries) this.#timeout.watch(due);
      },
    );
  }

  /** The queues requeue overdue deliveries, and their consumers are cancelled. Returns when the next delivery is due. */
  #takeBack(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    const late: Delivery[] = [];
    for (const delivery of this.#unacknowledged) {
      if (delivery.timedOut) continue;
      if (delivery.due <= now) late.push(delivery);
      else next = Math.min(next, delivery.due);
    }
    const { virtualHost, host } = this.#scope;
    if (late.length > 0 && virtualHost.profile.timeoutEnds === "channel") {
      this.#failTimedOut(host.limits.consumerTimeoutSeconds * 1000);
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

  /** It stays known until the client cancels it. A client that does not support basic.cancel loses the channel (RabbitMQ 4.3). */
  #tellTimedOut(consumer: ServerConsumer | undefined): void {
    if (consumer && this.#scope.host.consumerCancelNotify && this.#host.has(consumer)) {
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
