/** Publishes with confirms: waits for room and for the connection, and knows what became of each message. */
import type { ConfirmChannel } from "amqplib";
import type { Logger } from "../log/logger.ts";
import { backoffMs } from "../util/backoff.ts";
import { createDeferred, type Deferred } from "../util/deferred.ts";
import { wait } from "../util/wait.ts";
import { closeChannel } from "./close-channel.ts";
import { type Confirmation, Confirms } from "./confirms.ts";
import { isRefusal } from "./connect.ts";
import type { AmqpConnection } from "./connection.ts";
import { replyOf } from "./errors.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import { settleLost } from "./lost-publishes.ts";
import { type OutgoingMessage, type PublishReceipt, publishOptions } from "./outgoing-message.ts";
import { Pending } from "./pending.ts";
import { type Situation, whyUnconfirmed, whyWaiting } from "./publish-delay.ts";
import { closedError, culpritOf, invalidError, timeoutError, tooLargeError } from "./publish-errors.ts";
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

const reopen = { firstMs: 50, maxMs: 5_000 };
const sweepMs = 250;

export class Publisher {
  readonly #settings: PublisherSettings;
  readonly #queue = new Pending();
  readonly #confirms: Confirms;
  readonly #refusedChannel = new RefusedChannel();
  readonly #closing = new AbortController();
  readonly #exchanges: KnownExchanges;
  #channel: ConfirmChannel | undefined;
  #opening = false;
  /** The connection was lost: what was declared may be gone with a broker that came back empty. */
  #mayBeEmpty = false;
  #drained = true;
  /** The error the broker closed the channel with, until the close itself is seen. */
  #channelError: Error | undefined;
  /** So many publishes go one at a time, because one of them closes the channel and the broker does not say which. */
  #oneByOne = 0;
  #sweep: NodeJS.Timeout | undefined;
  #flushing: Deferred<void>[] = [];
  #closed = false;

  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    this.#confirms = new Confirms({ settled: this.#settled, refused: () => this.#refusedChannel.refused() });
    this.#exchanges = new KnownExchanges({
      connection: settings.connection,
      declareAgain: () => this.#declareAgain(),
      checked: () => this.#checkFlushed(),
    });
    const lost = (): void => {
      this.#mayBeEmpty = true;
    };
    settings.connection.subscribe({ lost, opened: () => this.#pump(), unblocked: () => this.#pump() });
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

  /** Resolves when the broker confirmed; rejects, by name, when it refused or `publishTimeoutSeconds` passed. */
  publish(message: OutgoingMessage): Promise<PublishReceipt> {
    const { exchange, content } = message;
    const { maxMessageBytes } = this.#settings;
    if (this.#closed) return Promise.reject(closedError(message));
    if (content.length > maxMessageBytes) return Promise.reject(tooLargeError(message, maxMessageBytes));
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
    this.#closing.abort();
    clearInterval(this.#sweep);
    this.#rejectAll([...this.#confirms.takeAll(), ...this.#queue.takeAll()]);
    for (const flushed of this.#flushing.splice(0)) flushed.resolve();
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) await closeChannel(channel);
  }

  get #idle(): boolean {
    return this.#confirms.size === 0 && this.#queue.size === 0 && !this.#exchanges.checking;
  }

  #rejectAll(entries: readonly Confirmation[]): void {
    for (const entry of entries) entry.reject(closedError(entry.message));
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
    if (!this.#channel) this.#openChannel();
    const next = this.#refusedChannel.next(this.#confirms.size);
    if (next === "wait") return;
    if (next === "replace" && this.#channel) this.#replaceChannel(this.#channel);
    const { connection, maxUnconfirmedMessages, maxUnconfirmedBytes } = this.#settings;
    while (this.#channel && this.#drained && !connection.blocked) {
      const room = this.#oneByOne > 0 ? 1 : maxUnconfirmedMessages;
      if (this.#confirms.size >= room || this.#confirms.bytes >= maxUnconfirmedBytes) return;
      const entry = this.#queue.shift();
      if (!entry) return;
      this.#send(this.#channel, entry);
    }
  }

  #send(channel: ConfirmChannel, entry: Confirmation): void {
    const { exchange, routingKey, content, properties, mandatory } = entry.message;
    entry.sends++;
    try {
      this.#drained = channel.publish(exchange, routingKey, content, publishOptions(properties, mandatory));
      this.#confirms.sent(entry);
    } catch (error) {
      if ((error as Error).name === "IllegalOperationError") {
        // The channel is closing, and its "close" comes soon: it waits for the next one.
        entry.sends--;
        this.#drained = false;
        this.#queue.putBack([entry]);
        // Closed before anybody listened: its "close" has been and gone.
        if ((error as Error).message === "Channel closed") this.#lost();
        return;
      }
      // The bytes could not be written out: wrong for this message alone, and nothing was sent.
      entry.reject(invalidError(entry, error));
    }
  }

  /** Only while nothing is unconfirmed: the next channel counts its publishes anew. */
  #replaceChannel(channel: ConfirmChannel): void {
    this.#channel = undefined;
    this.#confirms.takeAll();
    void closeChannel(channel);
    this.#openChannel();
  }

  #openChannel(): void {
    if (this.#opening) return;
    this.#opening = true;
    void this.#openUntilThere().finally(() => {
      this.#opening = false;
      if (this.#channel) this.#pump();
    });
  }

  async #openUntilThere(): Promise<void> {
    const { connection, logger } = this.#settings;
    for (let attempt = 1; !this.#closed && this.#queue.size > 0; attempt++) {
      try {
        await connection.open();
        // A connection that is being repaired says when it is there.
        if (connection.state !== "connected") return;
        if (this.#mayBeEmpty) await this.#declareAgain();
        const channel = await connection.openConfirmChannel();
        if (this.#closed) return closeChannel(channel);
        this.#use(channel);
        return;
      } catch (error) {
        this.#queue.lastReason = replyOf(error).replyText;
        logger.debug({ err: error, attempt }, "no channel to publish on yet");
        // A login that was never let in will not be: nobody waits for that.
        if (isRefusal(error)) for (const entry of this.#queue.takeAll()) entry.reject(error as Error);
        if (connection.state === "closed") return this.#rejectAll(this.#queue.takeAll());
      }
      await wait(backoffMs(attempt, reopen), this.#closing.signal);
    }
  }

  async #declareAgain(): Promise<void> {
    this.#mayBeEmpty = false;
    try {
      await this.#settings.declareAgain?.();
    } catch (error) {
      this.#settings.logger.debug({ err: error }, "what publishes go to could not be declared again");
    }
  }

  #use(channel: ConfirmChannel): void {
    this.#channelError = undefined;
    this.#drained = true;
    channel.on("drain", () => {
      this.#drained = true;
      this.#pump();
    });
    // One that was replaced may still answer what was overdue.
    const current = (): boolean => this.#channel === channel;
    channel.on("ack", (answer) => current() && this.#confirms.confirmed(answer.deliveryTag, answer.multiple, true));
    channel.on("nack", (answer) => current() && this.#confirms.confirmed(answer.deliveryTag, answer.multiple, false));
    channel.on("return", ({ fields, properties }) => {
      this.#confirms.returned(fields.exchange, fields.routingKey, properties.messageId as string | undefined);
    });
    channel.on("error", (error: Error) => {
      this.#channelError = error;
    });
    channel.on("close", () => {
      if (this.#channel === channel) this.#lost();
    });
    this.#channel = channel;
  }

  /** The channel is gone, and with it the answers to everything that was sent on it. */
  #lost(): void {
    this.#channel = undefined;
    const lost = this.#confirms.takeAll();
    const error = this.#channelError;
    const reply = error ? replyOf(error) : { replyText: "the connection was lost" };
    this.#queue.lastReason = reply.replyText;
    const culprit = error ? culpritOf(reply.replyText) : undefined;
    if (culprit !== undefined && culprit.topic === undefined) this.#exchanges.delete(culprit.exchange);
    const end = { reply, refused: error !== undefined, culprit };
    const again = settleLost(lost, end, this.#settings.republishUnknown);
    if (error && culprit === undefined) this.#oneByOne = Math.max(this.#oneByOne, again.length);
    this.#queue.putBack(again);
    this.#checkFlushed();
    this.#pump();
  }

  readonly #settled = (count: number): void => {
    this.#oneByOne = Math.max(0, this.#oneByOne - count);
    this.#queue.lastReason = "";
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
      hasChannel: this.#channel !== undefined,
      unconfirmed: this.#confirms.size,
      lastReason: this.#queue.lastReason,
    };
    for (const entry of this.#confirms.takeOverdue(now))
      entry.reject(timeoutError(entry, whyUnconfirmed(situation), limit));
    for (const entry of this.#queue.takeOverdue(now)) entry.reject(timeoutError(entry, whyWaiting(situation), limit));
    this.#checkFlushed();
    this.#pump();
  };
}
