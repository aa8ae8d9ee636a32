/** Publishes with confirms: waits for room and for the connection, and knows what became of each message. */
import type { ConfirmChannel } from "amqplib";
import type { Logger } from "../log/logger.ts";
import { backoffMs } from "../util/backoff.ts";
import { createDeferred, type Deferred } from "../util/deferred.ts";
import { wait } from "../util/wait.ts";
import { type Confirmation, Confirms } from "./confirms.ts";
import type { AmqpConnection } from "./connection.ts";
import { AmqpPublishError, replyOf } from "./errors.ts";
import type { OutgoingMessage, PublishReceipt } from "./outgoing-message.ts";
import { Pending } from "./pending.ts";
import { exchangeError, missingExchange, refusedError, unknownError } from "./publish-errors.ts";
import { checkExchange } from "./topology.ts";

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
}

const reopen = { firstMs: 50, maxMs: 5_000 };
const sweepMs = 250;

export class Publisher {
  readonly #settings: PublisherSettings;
  readonly #queue = new Pending();
  readonly #confirms: Confirms;
  readonly #closing = new AbortController();
  readonly #known = new Set<string>();
  readonly #checks = new Map<string, Promise<void>>();
  #channel: ConfirmChannel | undefined;
  #opening = false;
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
    this.#confirms = new Confirms({ settled: this.#settledOne });
    settings.connection.subscribe({ opened: () => this.#pump(), unblocked: () => this.#pump() });
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
    this.#known.add(name);
  }

  /** Resolves when the broker confirmed; rejects, by name, when it refused or `publishTimeoutSeconds` passed. */
  publish(message: OutgoingMessage): Promise<PublishReceipt> {
    const { exchange, content } = message;
    if (this.#closed) return Promise.reject(this.#closedError(message));
    if (content.length > this.#settings.maxMessageBytes) return Promise.reject(this.#tooLarge(message));
    if (exchange === "" || this.#known.has(exchange) || exchange.startsWith("amq.")) return this.#enqueue(message);
    return this.#exchangeExists(exchange).then(() => this.#enqueue(message));
  }

  /** Resolves when nothing waits and nothing is unconfirmed, or the signal aborts. */
  async flush(signal: AbortSignal): Promise<void> {
    if (this.#idle || signal.aborted) return;
    const flushed = createDeferred();
    this.#flushing.push(flushed);
    const give = (): void => flushed.resolve();
    signal.addEventListener("abort", give, { once: true });
    await flushed.promise;
    signal.removeEventListener("abort", give);
  }

  /** What has no answer yet rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    clearInterval(this.#sweep);
    for (const entry of [...this.#confirms.takeAll(), ...this.#queue.takeAll()]) {
      entry.reject(this.#closedError(entry.message));
    }
    const channel = this.#channel;
    this.#channel = undefined;
    await channel?.close().catch(() => {});
  }

  get #idle(): boolean {
    return this.#confirms.size === 0 && this.#queue.size === 0;
  }

  #enqueue(message: OutgoingMessage): Promise<PublishReceipt> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closedError(message));
      const deadline = performance.now() + this.#settings.publishTimeoutSeconds * 1000;
      this.#queue.push(this.#confirms.create(message, deadline, resolve, reject));
      this.#sweep ??= setInterval(this.#rejectOverdue, sweepMs);
      this.#pump();
    });
  }

  /** Sends as long as there is something to send, somewhere to send it, and room. */
  #pump(): void {
    if (this.#queue.size === 0 || this.#closed) return;
    if (!this.#channel) this.#openChannel();
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
      const options = { ...properties, mandatory };
      this.#drained = channel.publish(exchange, routingKey, content, options, entry.confirm);
      this.#confirms.sent(entry);
    } catch (error) {
      // The bytes could not be written out: wrong for this message alone, and nothing was sent.
      entry.reject(
        new AmqpPublishError(
          "ERR_AMQP_PUBLISH_INVALID",
          `The message to "${exchange}" (${routingKey}) cannot be written as AMQP: ${replyOf(error).replyText}. Check headers and properties.`,
          { cause: error },
        ),
      );
    }
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
        this.#use(await connection.openConfirmChannel());
        return;
      } catch (error) {
        this.#queue.lastReason = replyOf(error).replyText;
        logger.debug({ err: error, attempt }, "no channel to publish on yet");
        if (connection.state === "closed") return;
      }
      await wait(backoffMs(attempt, reopen), this.#closing.signal);
    }
  }

  #use(channel: ConfirmChannel): void {
    this.#channelError = undefined;
    this.#drained = true;
    channel.on("drain", () => {
      this.#drained = true;
      this.#pump();
    });
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
    const culprit = error ? /exchange '([^']*)'/.exec(reply.replyText)?.[1] : undefined;
    if (culprit !== undefined) this.#known.delete(culprit);
    const again: Confirmation[] = [];
    for (const entry of lost) {
      if (culprit !== undefined && entry.message.exchange === culprit) entry.reject(exchangeError(entry, reply));
      else if (error && culprit === undefined && lost.length === 1) entry.reject(refusedError(entry, reply));
      // The broker did not take it when it closed the channel for something else: it comes again with the same id.
      else if (error || this.#settings.republishUnknown) again.push(entry);
      else entry.reject(unknownError(entry, reply.replyText));
    }
    if (error && culprit === undefined) this.#oneByOne = Math.max(this.#oneByOne, again.length);
    this.#queue.putBack(again);
    this.#checkFlushed();
    this.#pump();
  }

  readonly #settledOne = (): void => {
    if (this.#oneByOne > 0) this.#oneByOne--;
    this.#pump();
    this.#checkFlushed();
  };

  #checkFlushed(): void {
    if (!this.#idle) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const flushed of this.#flushing.splice(0)) flushed.resolve();
  }

  /** One timer for all: deadlines stand in the order of the publishes. */
  readonly #rejectOverdue = (): void => {
    const now = performance.now();
    for (const entry of this.#confirms.takeOverdue(now))
      entry.reject(this.#timeoutError(entry, "the broker did not confirm it"));
    for (const entry of this.#queue.takeOverdue(now)) entry.reject(this.#timeoutError(entry, this.#whyWaiting()));
    this.#checkFlushed();
    this.#pump();
  };

  #whyWaiting(): string {
    const { connection } = this.#settings;
    if (connection.blocked) return "the broker blocks publishes (an alarm of memory or disk)";
    if (connection.state !== "connected")
      return `there is no connection (${this.#queue.lastReason || connection.state})`;
    return `${this.#confirms.size} publishes before it are not confirmed`;
  }

  /** Asked once for each exchange, on a throw-away channel: a missing one costs its own publishes only. */
  #exchangeExists(name: string): Promise<void> {
    let check = this.#checks.get(name);
    if (!check) {
      check = this.#checkExchange(name).finally(() => this.#checks.delete(name));
      this.#checks.set(name, check);
    }
    return check;
  }

  async #checkExchange(name: string): Promise<void> {
    const { connection } = this.#settings;
    try {
      await connection.open();
      // While there is no connection the publish waits like any other; the broker's answer to it will tell.
      if (connection.state !== "connected") return;
      await checkExchange(connection, name);
      this.#known.add(name);
    } catch (error) {
      const reply = replyOf((error as { cause?: unknown }).cause ?? error);
      if (reply.replyCode === 404 || reply.replyCode === 403) throw missingExchange(name, reply, error);
    }
  }

  #timeoutError({ message, sends }: Confirmation, why: string): AmqpPublishError {
    const { publishTimeoutSeconds } = this.#settings;
    const tries = sends === 0 ? "never sent" : sends === 1 ? "sent once" : `sent ${sends} times`;
    return new AmqpPublishError(
      "ERR_AMQP_PUBLISH_TIMEOUT",
      `The publish to "${message.exchange}" (${message.routingKey}) was not confirmed within publishTimeoutSeconds (${publishTimeoutSeconds}): ${why}; it was ${tries}.`,
    );
  }

  #tooLarge({ exchange, routingKey, content }: OutgoingMessage): AmqpPublishError {
    return new AmqpPublishError(
      "ERR_AMQP_MESSAGE_TOO_LARGE",
      `The message to "${exchange}" (${routingKey}) has ${content.length} bytes; maxMessageBytes allows ${this.#settings.maxMessageBytes}. Send a reference to the data, or raise the limit here and in the broker (max_message_size).`,
    );
  }

  #closedError({ exchange, routingKey }: OutgoingMessage): AmqpPublishError {
    return new AmqpPublishError(
      "ERR_AMQP_CLOSED",
      `The publish to "${exchange}" (${routingKey}) has no answer: the service has stopped.`,
    );
  }
}
