/** Publishes with confirms: waits for room and for the connection, and knows what became of each message. */
import { createDeferred, type Deferred } from "../util/deferred.ts";
import type { AmqpChannel } from "./channel.ts";
import { checkMessage, requireFrame } from "./check-message.ts";
import { type Confirmation, Confirms } from "./confirms.ts";
import { AmqpPublishError } from "./errors.ts";
import { Isolation } from "./isolation.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import { type OutgoingMessage, type PublishReceipt, publishOptions } from "./outgoing-message.ts";
import { Pending } from "./pending.ts";
import { type Situation, whyUnconfirmed, whyWaiting } from "./publish-delay.ts";
import { closedError, invalidError, timeoutError, tooLargeError, unknownError } from "./publish-errors.ts";
import type { TurnTaker } from "./publish-turn.ts";
import type { PublisherSettings } from "./publisher-settings.ts";
import { type ChannelEnd, PublishingChannel } from "./publishing-channel.ts";
import { RefusedChannel } from "./refused-channel.ts";

const checkMs = 250;

export class Publisher {
  readonly #settings: PublisherSettings;
  readonly #queue = new Pending();
  readonly #confirms: Confirms;
  readonly #refusedChannel = new RefusedChannel();
  readonly #exchanges: KnownExchanges;
  readonly #channel: PublishingChannel;
  readonly #isolation = new Isolation();
  /** Alone in flight, while it has no answer. */
  #lone: Confirmation | undefined;
  readonly #taker: TurnTaker;
  #checkTimer: NodeJS.Timeout | undefined;
  #flushing: Deferred<void>[] = [];
  #closed = false;

  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    const { connection, logger } = settings;
    this.#confirms = new Confirms({
      settled: this.#settled,
      accepted: (entry) => this.#isolation.confirmed(entry),
      refused: () => this.#refusedChannel.refused(),
    });
    const publisher = this;
    this.#taker = {
      get inFlight() {
        return publisher.#confirms.size;
      },
      pump: () => this.#pump(),
    };
    connection.publishTurn.join(this.#taker);
    this.#exchanges = new KnownExchanges({
      connection,
      declareAgain: () => this.#channel.declareAgain(),
      checked: () => this.#checkFlushed(),
      looks: settings.looksForExchanges,
    });
    const host = {
      hasWaiting: () => this.#queue.size > 0,
      pump: () => this.#pump(),
      opened: (channel: AmqpChannel) => this.#listen(channel),
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

  /** This process declared the exchange or has looked for it, or must not ask: nothing is asked before the first publish to it. */
  trustExchange(name: string, declared: boolean | "verify" = true): void {
    this.#exchanges.add(name, declared);
  }

  /** Whether the exchange is looked for before the first publish to it. */
  lookForExchange(name: string, looks: boolean): void {
    this.#exchanges.lookFor(name, looks);
  }

  /** The largest frame of the connection, in bytes: the properties of a message must fit into one (AMQP 0-9-1, 2.3.5.2). */
  get frameMax(): number {
    const { frameMax } = this.#settings.connection.limits;
    return frameMax === 0 ? Number.MAX_SAFE_INTEGER : frameMax;
  }

  /** Resolves when the broker confirmed; rejects, by name, when it refused or `publishTimeoutSeconds` passed. */
  publish(message: OutgoingMessage): Promise<PublishReceipt> {
    const { maxMessageBytes } = this.#settings;
    if (message.content.length > maxMessageBytes) return Promise.reject(tooLargeError(message, maxMessageBytes));
    try {
      return this.#publish(message, checkMessage(message));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same for the copy of a message that the broker has taken before: no limit of our own holds it up. */
  publishCopy(message: OutgoingMessage): Promise<PublishReceipt> {
    return this.#publish(message, 0);
  }

  #publish(message: OutgoingMessage, propertyBytes: number): Promise<PublishReceipt> {
    const { exchange } = message;
    if (this.#closed) return Promise.reject(closedError(message));
    const deadline = performance.now() + this.#settings.publishTimeoutSeconds * 1000;
    if (this.#exchanges.has(exchange)) return this.#enqueue(message, deadline, propertyBytes);
    return this.#exchanges.check(exchange, deadline).then(() => this.#enqueue(message, deadline, propertyBytes));
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
    clearInterval(this.#checkTimer);
    this.#settings.connection.publishTurn.leave(this.#taker);
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

  #enqueue(message: OutgoingMessage, deadline: number, propertyBytes: number): Promise<PublishReceipt> {
    return new Promise((resolve, reject) => {
      const suspicion = "none";
      this.#push({ message, deadline, propertyBytes, suspicion, sends: 0, returned: false, resolve, reject });
    });
  }

  #push(entry: Confirmation): void {
    if (this.#closed) {
      entry.reject(closedError(entry.message));
      return;
    }
    this.#queue.push(entry);
    this.#checkTimer ??= setInterval(this.#rejectOverdue, checkMs);
    this.#pump();
  }

  /** Sends as long as there is something to send, somewhere to send it, and room. */
  #pump(): void {
    if (this.#queue.size === 0 || this.#closed) return;
    const next = this.#refusedChannel.next(this.#confirms.size);
    if (next === "replace") this.#replaceChannel();
    this.#channel.open();
    if (next === "wait") return;
    while (this.#channel.writable) {
      const entry = this.#queue.first;
      if (!entry || !this.#mayGo(entry)) return;
      this.#queue.shift();
      this.#send(entry);
    }
  }

  /** There is room for it, and it harms nobody: what may close the channel goes alone. */
  #mayGo(entry: Confirmation): boolean {
    const { maxUnconfirmedMessages, maxUnconfirmedBytes, connection } = this.#settings;
    const { size, bytes } = this.#confirms;
    if (size >= maxUnconfirmedMessages || bytes >= maxUnconfirmedBytes) return false;
    if (this.#lone !== undefined || connection.publishTurn.heldBesides(this.#taker)) return false;
    if (!this.#isolation.isSuspect(entry)) return true;
    if (size > 0 || (entry.suspicion === "connection" && !connection.publishTurn.take(this.#taker))) return false;
    this.#lone = entry;
    return true;
  }

  /** The one that was alone has its answer, or none comes any more. */
  #endLone(): void {
    if (this.#confirms.size > 0) return;
    this.#lone = undefined;
    this.#settings.connection.publishTurn.release(this.#taker);
    this.#settings.connection.publishTurn.settled(this.#taker);
  }

  #send(entry: Confirmation): void {
    const { message, propertyBytes } = entry;
    try {
      if (propertyBytes > 0) requireFrame(message, propertyBytes, this.frameMax);
      if (this.#channel.publish(message, publishOptions(message))) {
        entry.sends++;
        this.#confirms.sent(entry);
      } else this.#queue.putBack([entry]);
    } catch (error) {
      // The bytes could not be written out: wrong for this message alone, and nothing was sent.
      entry.reject(error instanceof AmqpPublishError ? error : invalidError(entry, error));
    }
    if (this.#confirms.size === 0) this.#endLone();
  }

  /** Only while nothing is unconfirmed: the next channel counts its publishes anew. */
  #replaceChannel(): void {
    this.#confirms.takeAll();
    const channel = this.#channel.release();
    if (channel) this.#channel.discard(channel);
  }

  #listen(channel: AmqpChannel): void {
    // One that was replaced may still answer what was overdue.
    const isCurrent = (): boolean => this.#channel.current === channel;
    channel.subscribe({
      confirmed: (sequence, multiple, accepted) => {
        if (isCurrent()) this.#confirms.confirmed(sequence, multiple, accepted);
      },
      returned: ({ exchange, routingKey, readableProperties }) => {
        this.#confirms.returned(exchange, routingKey, readableProperties.messageId);
      },
    });
  }

  /** The answers to everything that was sent on the channel are gone with it. */
  #lost(end: ChannelEnd): void {
    const lost = this.#confirms.takeAll();
    const asked = end.closed === "channel" && end.reply.replyCode === 404 ? this.#askFor(lost, end) : [];
    const rest = asked.length > 0 ? lost.filter((entry) => !asked.includes(entry)) : lost;
    const { again, offending } = this.#isolation.judge(rest, end, this.#settings.republishUnknown);
    if (offending !== undefined) this.#queue.clearSuspicion();
    this.#queue.putBack(again);
    this.#endLone();
    this.#checkFlushed();
    this.#pump();
  }

  /** An exchange that was there is gone: a look at each tells which, without another publish that closes the channel. */
  #askFor(lost: readonly Confirmation[], { reply }: ChannelEnd): readonly Confirmation[] {
    const [first] = lost;
    if (lost.length === 1 && first && this.#isolation.isSuspect(first)) return [];
    const doubted = lost.filter(({ message }) => this.#exchanges.doubt(message.exchange));
    for (const entry of doubted) {
      entry.suspicion = "channel";
      const there = (): void => {
        if (this.#settings.republishUnknown) this.#push(entry);
        else entry.reject(unknownError(entry, reply.replyText));
      };
      const gone = (error: Error): void => {
        this.#queue.clearSuspicion();
        entry.reject(error);
        this.#pump();
      };
      this.#exchanges.check(entry.message.exchange, entry.deadline).then(there, gone);
    }
    return doubted;
  }

  readonly #settled = (): void => {
    this.#endLone();
    this.#channel.answered();
    this.#pump();
    this.#checkFlushed();
  };

  #checkFlushed(): void {
    if (!this.#idle) return;
    clearInterval(this.#checkTimer);
    this.#checkTimer = undefined;
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
    this.#endLone();
    this.#checkFlushed();
    this.#pump();
  };
}
