/** Publishes with confirms: waits for room and for the connection, and knows what became of each message. */
import type { ConfirmChannel } from "amqplib";
import type { Logger } from "../log/logger.ts";
import { createDeferred, type Deferred } from "../util/deferred.ts";
import { type Confirmation, Confirms } from "./confirms.ts";
import type { AmqpConnection } from "./connection.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import { settleLost } from "./lost-publishes.ts";
import { type OutgoingMessage, type PublishReceipt, publishOptions } from "./outgoing-message.ts";
import { Pending } from "./pending.ts";
import { type Situation, whyUnconfirmed, whyWaiting } from "./publish-delay.ts";
import { closedError, invalidError, timeoutError, tooLargeError } from "./publish-errors.ts";
import { type ChannelEnd, PublishingChannel } from "./publishing-channel.ts";
import { RefusedChannel } from "./refused-channel.ts";

export interface PublisherSettings {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  readonly maxUnconfirmedMessages: number;
  readonly maxUnconfirmedBytes: number;
  /** How long a publish may take in all: connection, room and confirm. */
  readonly publishTimeoutSeconds: number;
  /** Publish again what was sent when the link broke before the confirm. */
  readonly republishUnknown: boolean;
  readonly maxMessageBytes: number;
  /**
   * Makes again what this process declared: after the connection was lost, before anything is published, for a broker that
   * came back empty would drop it; and when a trusted exchange is gone. When it fails publishes go out all the same.
   */
  declareAgain?(): Promise<void>;
}

const sweepMs = 250;

export class Publisher {
  readonly #settings: PublisherSettings;
  readonly #queue = new Pending();
  readonly #confirms: Confirms;
  readonly #refusedChannel = new RefusedChannel();
  readonly #exchanges: KnownExchanges;
  readonly #channel: PublishingChannel;
  /** So many publishes go one at a time, because one of them closes the channel and the broker does not say which. */
  #oneByOne = 0;
  #sweep: NodeJS.Timeout | undefined;
  #flushing: Deferred<void>[] = [];
  #closed = false;

  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    const { connection, logger } = settings;
    this.#confirms = new Confirms({ settled: this.#settled, refused: () => this.#refusedChannel.refused() });
    this.#exchanges = new KnownExchanges({
      connection,
      declareAgain: () => this.#channel.declareAgain(),
      checked: () => this.#checkFlushed(),
    });
    const host = {
      hasWaiting: () => this.#queue.size > 0,
      pump: () => this.#pump(),
      opened: (channel: ConfirmChannel) => this.#listen(channel),
      lost: (end: ChannelEnd) => this.#lost(end),
      hopeless: (error: Error | undefined) => this.#rejectAll(this.#queue.takeAll(), error),
    };
    const declareAgain = async (): Promise<void> => settings.declareAgain?.();
    this.#channel = new PublishingChannel({ connection, logger, host, declareAgain });
  }

  /** Sent and not confirmed. */
  get unconfirmed(): number {
    return this.#confirms.size;
  }

  /** Not sent yet. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** This process declared the exchange: nothing has to be asked before the first publish to it. */
  trustExchange(name: string): void {
    this.#exchanges.add(name);
  }

  /** The largest frame of the connection, in bytes: the properties of a message must fit into one (AMQP 0-9-1, 2.3.5.2). */
  get frameMax(): number {
    const { frameMax } = this.#settings.connection.limits;
    return frameMax === 0 ? Number.MAX_SAFE_INTEGER : frameMax;
  }

  /** Resolves when the broker confirmed; rejects, by name, when it refused or `publishTimeoutSeconds` passed. */
  publish(message: OutgoingMessage): Promise<PublishReceipt> {
    const { maxMessageBytes } = this.#settings;
    if (message.content.length <= maxMessageBytes) return this.publishCopy(message);
    return Promise.reject(tooLargeError(message, maxMessageBytes));
  }

  /** The same for the copy of a message that the broker has taken before: no limit of our own holds it up. */
  publishCopy(message: OutgoingMessage): Promise<PublishReceipt> {
    const { exchange } = message;
    if (this.#closed) return Promise.reject(closedError(message));
    const deadline = performance.now() + this.#settings.publishTimeoutSeconds * 1000;
    if (this.#exchanges.has(exchange)) return this.#enqueue(message, deadline);
    return this.#exchanges.check(exchange, deadline).then(() => this.#enqueue(message, deadline));
  }

  /** Resolves when nothing waits and nothing is unconfirmed, or the signal aborts. */
  async flush(signal?: AbortSignal): Promise<void> {
    if (this.#idle || signal?.aborted) return;
    const flushed = createDeferred();
    this.#flushing.push(flushed);
    const give = (): void => flushed.resolve();
    signal?.addEventListener("abort", give, { once: true });
    await flushed.promise;
    signal?.removeEventListener("abort", give);
  }

  /** What has no answer yet rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweep);
    this.#rejectAll([...this.#confirms.takeAll(), ...this.#queue.takeAll()]);
    for (const flushed of this.#flushing.splice(0)) flushed.resolve();
    await this.#channel.close();
  }

  get #idle(): boolean {
    return this.#confirms.size === 0 && this.#queue.size === 0 && !this.#exchanges.checking;
  }

  #rejectAll(entries: readonly Confirmation[], error?: Error): void {
    for (const entry of entries) entry.reject(error ?? closedError(entry.message));
  }

  #enqueue(message: OutgoingMessage, deadline: number): Promise<PublishReceipt> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError(message));
      this.#queue.push({ message, deadline, sends: 0, returned: false, resolve, reject });
      this.#sweep ??= setInterval(this.#rejectOverdue, sweepMs);
      this.#pump();
    });
  }

  /** Sends as long as there is something to send, somewhere to send it, and room. */
  #pump(): void {
    if (this.#queue.size === 0 || this.#closed) return;
    const next = this.#refusedChannel.next(this.#confirms.size);
    if (next === "replace") this.#replaceChannel();
    this.#channel.open();
    if (next === "wait") return;
    const { maxUnconfirmedMessages, maxUnconfirmedBytes } = this.#settings;
    while (this.#channel.writable) {
      const room = this.#oneByOne > 0 ? 1 : maxUnconfirmedMessages;
      if (this.#confirms.size >= room || this.#confirms.bytes >= maxUnconfirmedBytes) return;
      const entry = this.#queue.shift();
      if (!entry) return;
      this.#send(entry);
    }
  }

  #send(entry: Confirmation): void {
    const { message } = entry;
    try {
      if (this.#channel.publish(message, publishOptions(message.properties, message.mandatory))) {
        entry.sends++;
        this.#confirms.sent(entry);
      } else this.#queue.putBack([entry]);
    } catch (error) {
      // The bytes could not be written out: wrong for this message alone, and nothing was sent.
      entry.reject(invalidError(entry, error));
    }
  }

  /** Only while nothing is unconfirmed: the next channel counts its publishes anew. */
  #replaceChannel(): void {
    this.#confirms.takeAll();
    const channel = this.#channel.release();
    if (channel) this.#channel.discard(channel);
  }

  #listen(channel: ConfirmChannel): void {
    // One that was replaced may still answer what was overdue.
    const isCurrent = (): boolean => this.#channel.current === channel;
    channel.on("ack", (answer) => isCurrent() && this.#confirms.confirmed(answer.deliveryTag, answer.multiple, true));
    channel.on("nack", (answer) => isCurrent() && this.#confirms.confirmed(answer.deliveryTag, answer.multiple, false));
    channel.on("return", ({ fields, properties }) => {
      this.#confirms.returned(fields.exchange, fields.routingKey, properties.messageId as string | undefined);
    });
  }

  /** The answers to everything that was sent on the channel are gone with it. */
  #lost(end: ChannelEnd): void {
    const { culprit, refused } = end;
    if (culprit !== undefined && culprit.topic === undefined) this.#exchanges.delete(culprit.exchange);
    const again = settleLost(this.#confirms.takeAll(), end, this.#settings.republishUnknown);
    if (refused && culprit === undefined) this.#oneByOne = Math.max(this.#oneByOne, again.length);
    this.#queue.putBack(again);
    this.#checkFlushed();
    this.#pump();
  }

  readonly #settled = (count: number): void => {
    this.#oneByOne = Math.max(0, this.#oneByOne - count);
    this.#channel.answered();
    this.#pump();
    this.#checkFlushed();
  };

  #checkFlushed(): void {
    if (!this.#idle) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const flushed of this.#flushing.splice(0)) flushed.resolve();
  }

  /** One timer for all. */
  readonly #rejectOverdue = (): void => {
    const now = performance.now();
    const { publishTimeoutSeconds: limit, connection } = this.#settings;
    const situation: Situation = {
      connection,
      hasChannel: this.#channel.current !== undefined,
      unconfirmed: this.#confirms.size,
      lastReason: this.#channel.lastReason,
    };
    for (const entry of this.#confirms.takeOverdue(now))
      entry.reject(timeoutError(entry, whyUnconfirmed(situation), limit));
    for (const entry of this.#queue.takeOverdue(now)) entry.reject(timeoutError(entry, whyWaiting(situation), limit));
    this.#checkFlushed();
    this.#pump();
  };
}
