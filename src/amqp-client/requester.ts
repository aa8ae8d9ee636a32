/**
 * Requests and their replies, on one channel: RabbitMQ's direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to) takes
 * a request only on the channel that consumes the replies. Replies are no messages in a queue: with the channel they are lost.
 */
import type { ConfirmChannel, ConsumeMessage } from "amqplib";
import type { Logger } from "../log/logger.ts";
import { backoffMs } from "../util/backoff.ts";
import type { Clock } from "../util/clock.ts";
import { wait } from "../util/wait.ts";
import { closeChannel } from "./close-channel.ts";
import { isRefusal } from "./connect.ts";
import type { AmqpConnection } from "./connection.ts";
import { replyOf } from "./errors.ts";
import { InFlightRequest } from "./in-flight-request.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import { type OutgoingMessage, publishOptions } from "./outgoing-message.ts";
import { culpritOf, missingExchange, tooLargeError } from "./publish-errors.ts";
import {
  requestCancelled,
  requestClosed,
  requestInvalid,
  requestLost,
  requestRefused,
  requestTimeout,
  requestUnroutable,
} from "./request-errors.ts";

const replyQueue = "amq.rabbitmq.reply-to";
const reopen = { firstMs: 50, maxMs: 5_000 };

export interface RequesterSettings {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  /** What the time of a request is measured by. */
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  /** Makes again what this process declared. Never rejects. */
  declareAgain(): Promise<void>;
}

export interface AskOptions {
  /** For everything: a connection, the way there, the answer and the way back. */
  readonly timeoutMs: number;
  /** Aborting it gives the request up. */
  readonly signal?: AbortSignal | undefined;
}

export class Requester {
  readonly #settings: RequesterSettings;
  readonly #exchanges: KnownExchanges;
  /** By correlation id: everything that has no reply yet. */
  readonly #requests = new Map<string, InFlightRequest>();
  /** Those of them that are not sent, first come first served. */
  readonly #waiting = new Set<InFlightRequest>();
  readonly #closing = new AbortController();
  #channel: ConfirmChannel | undefined;
  #channelError: Error | undefined;
  #opening = false;
  #drained = true;
  #lastReason = "";
  #closed = false;

  constructor(settings: RequesterSettings) {
    this.#settings = settings;
    this.#exchanges = new KnownExchanges({
      connection: settings.connection,
      declareAgain: () => settings.declareAgain(),
      checked: () => {},
    });
    settings.connection.subscribe({ opened: () => this.#pump(), unblocked: () => this.#pump() });
  }

  /** Requests that have no reply yet. */
  get inFlight(): number {
    return this.#requests.size;
  }

  /**
   * Sends a request and resolves with its reply. Correlation id, reply-to and expiration of the message are set here: it
   * expires with the request. Rejects by name with an AmqpRequestError or AmqpPublishError.
   */
  ask(message: OutgoingMessage, { timeoutMs, signal }: AskOptions): Promise<ConsumeMessage> {
    const { clock, maxMessageBytes } = this.#settings;
    if (this.#closed) return Promise.reject(requestClosed(message));
    if (message.content.length > maxMessageBytes) return Promise.reject(tooLargeError(message, maxMessageBytes));
    if (signal?.aborted) return Promise.reject(requestCancelled(message, signal.reason));
    return new Promise((resolve, reject) => {
      const request = new InFlightRequest({
        message,
        deadline: clock.now() + timeoutMs,
        resolve,
        reject,
        ended: () => {
          this.#requests.delete(request.id);
          this.#waiting.delete(request);
        },
      });
      this.#requests.set(request.id, request);
      request.cancelTimer = clock.after(timeoutMs, () => {
        request.fail(requestTimeout(message, timeoutMs / 1000, this.#stateOf(request)));
      });
      if (signal) request.cancelBy(signal, () => requestCancelled(message, signal.reason));
      const { exchange } = message;
      if (this.#exchanges.has(exchange)) this.#enqueue(request);
      else
        this.#exchanges.check(exchange, performance.now() + timeoutMs).then(
          () => this.#enqueue(request),
          (error: Error) => request.fail(error),
        );
    });
  }

  /** What has no reply yet rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    for (const request of this.#requests.values()) request.fail(requestClosed(request.message));
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) await closeChannel(channel);
  }

  #enqueue(request: InFlightRequest): void {
    if (request.ended) return;
    this.#waiting.add(request);
    this.#pump();
  }

  #pump(): void {
    if (this.#waiting.size === 0 || this.#closed) return;
    if (!this.#channel) this.#openChannel();
    for (const request of this.#waiting) {
      if (!this.#drained || !this.#channel || this.#settings.connection.blocked) return;
      this.#waiting.delete(request);
      this.#send(this.#channel, request);
    }
  }

  #send(channel: ConfirmChannel, request: InFlightRequest): void {
    const { message, deadline } = request;
    const options = publishOptions(message.properties, true);
    options.correlationId = request.id;
    options.replyTo = replyQueue;
    options.expiration = Math.max(1, Math.ceil(deadline - this.#settings.clock.now()));
    request.sent = true;
    try {
      this.#drained = channel.publish(message.exchange, message.routingKey, message.content, options, (error) => {
        // Of a channel that closed everything is told to be refused; by then it has failed for that.
        if (error) request.fail(requestRefused(message, { replyText: "the queue is full, or its node is in trouble" }));
      });
    } catch (error) {
      if ((error as Error).name !== "IllegalOperationError") {
        request.fail(requestInvalid(message, error));
        return;
      }
      // The channel is closing or closed, and its "close" comes soon: it waits for the next one.
      request.sent = false;
      this.#drained = false;
      this.#waiting.add(request);
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
    for (let attempt = 1; !this.#closed && this.#waiting.size > 0; attempt++) {
      try {
        await connection.open();
        // A connection that is being repaired says when it is there.
        if (connection.state !== "connected") return;
        await this.#use(await connection.openConfirmChannel());
        return;
      } catch (error) {
        this.#lastReason = replyOf(error).replyText;
        logger.debug({ err: error, attempt }, "no channel for requests yet");
        // A login that was never let in will not be: nobody waits for that.
        if (isRefusal(error)) for (const request of this.#waiting) request.fail(error as Error);
      }
      await wait(backoffMs(attempt, reopen), this.#closing.signal);
    }
  }

  async #use(channel: ConfirmChannel): Promise<void> {
    this.#channelError = undefined;
    this.#drained = true;
    let live = true;
    channel.on("drain", () => {
      this.#drained = true;
      this.#pump();
    });
    channel.on("return", ({ properties }) => {
      const request = this.#requests.get(String(properties.correlationId));
      request?.fail(requestUnroutable(request.message));
    });
    channel.on("error", (error: Error) => {
      this.#channelError = error;
    });
    // Before amqplib's own listener, which takes every publish that is not confirmed for refused.
    channel.prependListener("close", () => {
      live = false;
      if (this.#channel === channel) this.#lost();
    });
    // AMQP 0-9-1 knows no acknowledgement of replies; RabbitMQ refuses this consumer without no-ack.
    await channel.consume(replyQueue, (message) => this.#replied(channel, message), { noAck: true });
    if (this.#closed || !live) return closeChannel(channel);
    this.#channel = channel;
  }

  #replied(channel: ConfirmChannel, reply: ConsumeMessage | null): void {
    // The broker cancelled the consumer: nothing would ever come.
    if (reply === null) void closeChannel(channel);
    else this.#requests.get(String(reply.properties.correlationId))?.succeed(reply);
  }

  /** The channel is gone, and with it the replies to everything that was sent on it. */
  #lost(): void {
    this.#channel = undefined;
    const error = this.#channelError;
    const reply = error ? replyOf(error) : { replyText: "the connection was lost" };
    const culprit = error ? culpritOf(reply.replyText) : undefined;
    if (culprit && culprit.topic === undefined) this.#exchanges.delete(culprit.exchange);
    for (const request of this.#requests.values()) {
      if (!request.sent) continue;
      const { exchange, routingKey } = request.message;
      const isGuilty = culprit?.exchange === exchange && (culprit.topic ?? routingKey) === routingKey;
      request.fail(isGuilty ? missingExchange(exchange, reply, error) : requestLost(request.message, reply.replyText));
    }
    this.#pump();
  }

  #stateOf({ sent }: InFlightRequest): string {
    const { connection } = this.#settings;
    if (sent) return "it was sent, and nobody answered";
    if (connection.blocked) return "it was never sent, the broker blocks publishes (an alarm of memory or disk)";
    return `it was never sent, there is no channel for it (${this.#lastReason || connection.state})`;
  }
}
