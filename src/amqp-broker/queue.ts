/** One queue: its waiting messages, its consumers in turn, its expiry, its limits and its dead letters. */
import type { Clock } from "../util/clock.ts";
import type { BindingTarget, ExchangeBinding } from "./exchanges/binding.ts";
import { type DeathReason, type Message, QueuedMessage } from "./message.ts";
import type { BrokerProfile } from "./profile.ts";
import type { QueueProperties, ServerQueueArguments } from "./queue-arguments.ts";
import { type QueueConsumer, QueueConsumers } from "./queue-consumers.ts";
import { type ExpiringQueue, QueueExpiry } from "./queue-expiry.ts";
import { ReadyMessages } from "./ready-messages.ts";
import { readyOrderOf } from "./ready-order.ts";

export type MessageConsumer = QueueConsumer<QueuedMessage>;

/** What a queue needs from its virtual host. */
export interface QueueHost {
  readonly clock: Clock;
  readonly profile: BrokerProfile;
  deadLetter(queue: Queue, message: Message, reason: DeathReason): void;
  /** It was unused for too long, or its last consumer went. */
  removeQueue(queue: Queue): void;
}

export class Queue implements BindingTarget, ExpiringQueue {
  readonly kind = "queue";
  readonly properties: QueueProperties;
  readonly arguments: ServerQueueArguments;
  /** The connection it belongs to, when it is exclusive. */
  readonly owner: object | undefined;
  readonly incoming: Set<ExchangeBinding> = new Set();
  /** Of the last message that was routed here: a message is stored once. */
  mark = 0;
  readonly #host: QueueHost;
  readonly #ready: ReadyMessages;
  readonly #consumers: QueueConsumers<QueuedMessage>;
  readonly #expiry: QueueExpiry;
  #position = 0;
  #unacknowledged = 0;
  #removed = false;
  #totals = { published: 0, delivered: 0, acknowledged: 0 };

  constructor(
    host: QueueHost,
    properties: QueueProperties,
    queueArguments: ServerQueueArguments,
    owner: object | undefined,
  ) {
    this.#host = host;
    this.properties = properties;
    this.arguments = queueArguments;
    this.owner = owner;
    this.#ready = new ReadyMessages(readyOrderOf(queueArguments, host.profile));
    this.#consumers = new QueueConsumers(queueArguments.singleActiveConsumer);
    this.#expiry = new QueueExpiry(this, host.clock, queueArguments.expiresMs);
    this.#expiry.used();
  }

  get name(): string {
    return this.properties.name;
  }

  get readyCount(): number {
    return this.#ready.count;
  }

  get unacknowledgedCount(): number {
    return this.#unacknowledged;
  }

  get consumerCount(): number {
    return this.#consumers.size;
  }

  get hasExclusiveConsumer(): boolean {
    return this.#consumers.exclusive;
  }

  /** Since the queue was declared. */
  get totals(): { readonly published: number; readonly delivered: number; readonly acknowledged: number } {
    return this.#totals;
  }

  get nextExpiry(): number | undefined {
    return this.#ready.nextExpiry;
  }

  get inUse(): boolean {
    return this.#consumers.size > 0;
  }

  /** False when the queue is full and refuses: the publisher gets a nack. */
  publish(message: Message): boolean {
    const { overflow } = this.arguments;
    if (overflow !== "drop-head" && !this.#hasRoomFor(message)) {
      if (overflow === "reject-publish-dlx") this.#die(message, "maxlen");
      return false;
    }
    this.#totals.published++;
    const entry = new QueuedMessage(message, this.#position++, this.#expiresAt(message));
    // A waiting consumer gets it even if it may not wait at all.
    const consumer = this.#ready.count === 0 ? this.#consumers.next() : undefined;
    if (consumer) {
      this.#handedOut(consumer.noAck);
      consumer.deliver(entry);
      return true;
    }
    this.#ready.push(entry);
    if (entry.expiresAt > 0) this.expireMessages();
    if (overflow === "drop-head") this.#dropHead();
    return true;
  }

  /** Delivers ready messages to the consumers that can take them. */
  deliver(): void {
    while (this.#ready.count > 0) {
      // First: a dead letter may come back here, and take the credit of the consumer that is asked before it.
      this.#expireDue();
      const consumer = this.#ready.count > 0 ? this.#consumers.next() : undefined;
      const entry = consumer && this.#take(consumer.noAck);
      if (!entry) return;
      consumer.deliver(entry);
    }
  }

  /** The next message, as `basic.get` takes it. */
  get(noAck: boolean): QueuedMessage | undefined {
    this.#expiry.used();
    this.#expireDue();
    return this.#take(noAck);
  }

  acknowledged(): void {
    this.#unacknowledged--;
    this.#totals.acknowledged++;
  }

  /**
   * Back to where they were. `failed`: their delivery failed, and those that failed too often are dead-lettered. Consumers are not asked:
   * call `deliver()` after.
   */
  putBack(entries: readonly QueuedMessage[], failed: boolean): void {
    this.#unacknowledged -= entries.length;
    if (this.#removed) return;
    const kept: QueuedMessage[] = [];
    const spent: QueuedMessage[] = [];
    for (const entry of entries) (this.#mayComeBack(entry, failed) ? kept : spent).push(entry);
    this.#ready.putBack(kept);
    for (const { message } of spent) this.#die(message, "delivery_limit");
    this.expireMessages();
    if (this.arguments.overflow === "drop-head") this.#dropHead();
  }

  /** Rejected without requeue. */
  reject(entry: QueuedMessage): void {
    this.#unacknowledged--;
    if (!this.#removed) this.#die(entry.message, "rejected");
  }

  addConsumer(consumer: MessageConsumer): void {
    this.#consumers.add(consumer);
    this.#expiry.used();
  }

  /** After a consumer held a delivery too long, and after it settled what it held. Call `deliver()` after. */
  timeoutsChanged(): void {
    this.#consumers.timeoutsChanged();
  }

  /** A queue that deletes itself goes with its last consumer. */
  removeConsumer(consumer: MessageConsumer): void {
    if (!this.#consumers.remove(consumer)) return;
    this.#expiry.used();
    if (this.properties.autoDelete && this.#consumers.size === 0) this.#host.removeQueue(this);
    else this.deliver();
  }

  /** Declared again. */
  redeclared(): void {
    this.#expiry.used();
  }

  /** Drops what is ready; what is with consumers stays. */
  purge(): number {
    const { count } = this.#ready;
    while (this.#ready.shift()) {}
    this.#expiry.watchMessages();
    return count;
  }

  /** The virtual host has removed it: its messages are dropped without dead letters, and consumers are cancelled. */
  removed(): void {
    this.#removed = true;
    this.#expiry.end();
    for (const consumer of [...this.#consumers]) {
      this.#consumers.remove(consumer);
      consumer.cancelledByBroker();
    }
    this.purge();
  }

  expireMessages(): void {
    const expired = this.#ready.shiftExpired(this.#host.clock.now());
    for (const { message } of expired) this.#die(message, "expired");
    this.#expiry.watchMessages();
  }

  expire(): void {
    this.#host.removeQueue(this);
  }

  #expireDue(): void {
    if (this.#ready.nextExpiry !== undefined) this.expireMessages();
  }

  #take(noAck: boolean): QueuedMessage | undefined {
    const entry = this.#ready.shift();
    if (!entry) return undefined;
    this.#handedOut(noAck);
    // The message at the front may have expired already.
    this.#expiry.watchMessages();
    return entry;
  }

  #handedOut(noAck: boolean): void {
    this.#totals.delivered++;
    if (noAck) this.#totals.acknowledged++;
    else this.#unacknowledged++;
  }

  #mayComeBack(entry: QueuedMessage, failed: boolean): boolean {
    entry.redelivered = true;
    if (this.arguments.type === "classic") return true;
    entry.acquiredCount++;
    if (failed || !this.#host.profile.countsReturnsApart) entry.deliveryCount++;
    const { deliveryLimit } = this.arguments;
    return deliveryLimit === undefined || entry.deliveryCount <= deliveryLimit;
  }

  #hasRoomFor({ content }: Message): boolean {
    const { maxLength, maxBytes } = this.arguments;
    if (maxLength !== undefined && this.#ready.count >= maxLength) return false;
    return maxBytes === undefined || this.#ready.bytes + content.bodySize <= maxBytes;
  }

  #dropHead(): void {
    const { maxLength = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = this.arguments;
    while (this.#ready.count > maxLength || this.#ready.bytes > maxBytes) {
      const entry = this.#ready.shift();
      if (!entry) return;
      this.#expiry.watchMessages();
      this.#die(entry.message, "maxlen");
    }
  }

  #expiresAt({ expirationMs }: Message): number {
    const { messageTtlMs } = this.arguments;
    if (expirationMs === undefined && messageTtlMs === undefined) return 0;
    const ms = Math.min(expirationMs ?? Number.POSITIVE_INFINITY, messageTtlMs ?? Number.POSITIVE_INFINITY);
    return this.#host.clock.now() + ms;
  }

  #die(message: Message, reason: DeathReason): void {
    if (this.arguments.deadLetterExchange !== undefined) this.#host.deadLetter(this, message, reason);
  }
}
