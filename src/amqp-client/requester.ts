/**
 * Requests and their replies, on one channel: RabbitMQ's direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to) takes
 * a request only on the channel that consumes the replies. Replies are no messages in a queue: with the channel they are lost.
 */
import type { ConfirmChannel, ConsumeMessage } from "amqplib";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import { Cancellations } from "./cancellations.ts";
import { closeChannel } from "./close-channel.ts";
import type { AmqpConnection } from "./connection.ts";
import { InFlightRequest } from "./in-flight-request.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import { type OutgoingMessage, publishOptions } from "./outgoing-message.ts";
import { missingExchange, tooLargeError } from "./publish-errors.ts";
import { type ChannelEnd, PublishingChannel } from "./publishing-channel.ts";
import { RefusedChannel } from "./refused-channel.ts";
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

export interface RequesterSettings {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  /** What the time of a request is measured by. */
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  /** Makes again what this process declared; see `PublishingChannel`. */
  declareAgain?(): Promise<void>;
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
  readonly #cancellations = new Cancellations();
  readonly #channel: PublishingChannel;
  readonly #refusedChannel = new RefusedChannel();
  /** Channels that the broker refused a request on: open until the replies to the others came. How many are to come. */
  readonly #replaced = new Map<ConfirmChannel, number>();
  #closed = false;

  constructor(settings: RequesterSettings) {
    this.#settings = settings;
    const { connection, logger } = settings;
    this.#exchanges = new KnownExchanges({
      connection,
      declareAgain: () => this.#channel.declareAgain(),
      checked: () => {},
    });
    const host = {
      hasWaiting: () => this.#waiting.size > 0,
      pump: () => this.#pump(),
      opened: (channel: ConfirmChannel) => this.#listen(channel),
      lost: (end: ChannelEnd, channel: ConfirmChannel) => this.#lost(end, channel),
      hopeless: (error: Error | undefined) => this.#failAll(this.#waiting, error),
    };
    const declareAgain = async (): Promise<void> => settings.declareAgain?.();
    this.#channel = new PublishingChannel({ connection, logger, host, declareAgain });
  }

  /** Requests that have no reply yet. */
  get inFlight(): number {
    return this.#requests.size;
  }

  /** This process declared the exchange: nothing has to be asked before the first request to it. */
  trustExchange(name: string): void {
    this.#exchanges.add(name);
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
        ended: () => this.#ended(request),
      });
      this.#requests.set(request.id, request);
      request.cancelTimer = clock.after(timeoutMs, () => {
        request.fail(requestTimeout(message, timeoutMs / 1000, this.#stateOf(request)));
      });
      if (signal) {
        const cancel = (): void => request.fail(requestCancelled(message, signal.reason));
        request.forgetSignal = this.#cancellations.add(signal, cancel);
      }
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
    this.#failAll(this.#requests.values());
    await this.#channel.close();
  }

  #failAll(requests: Iterable<InFlightRequest>, error?: Error): void {
    for (const request of requests) request.fail(error ?? requestClosed(request.message));
  }

  #ended(request: InFlightRequest): void {
    this.#requests.delete(request.id);
    this.#waiting.delete(request);
    if (this.#replaced.size > 0 && request.channel) this.#replyCame(request.channel);
  }

  #enqueue(request: InFlightRequest): void {
    if (request.ended) return;
    this.#waiting.add(request);
    this.#pump();
  }

  #pump(): void {
    if (this.#waiting.size === 0 || this.#closed) return;
    this.#channel.open();
    for (const request of this.#waiting) {
      if (!this.#channel.writable) return;
      this.#send(request);
    }
  }

  #send(request: InFlightRequest): void {
    const { message, deadline } = request;
    const options = publishOptions(message.properties, true);
    options.correlationId = request.id;
    options.replyTo = replyQueue;
    options.expiration = Math.max(1, Math.ceil(deadline - this.#settings.clock.now()));
    try {
      const channel = this.#channel.current;
      const sent = this.#channel.publish(message, options, (error) => {
        if (error) this.#refused(request);
      });
      if (!sent) return;
      request.channel = channel;
      this.#waiting.delete(request);
    } catch (error) {
      request.fail(requestInvalid(message, error));
    }
  }

  async #listen(channel: ConfirmChannel): Promise<void> {
    channel.on("return", ({ properties }) => {
      const request = this.#requests.get(String(properties.correlationId));
      request?.fail(requestUnroutable(request.message));
    });
    const replied = (reply: ConsumeMessage | null): void => {
      // The broker cancelled the consumer: nothing would ever come.
      if (reply === null) return void closeChannel(channel);
      this.#channel.answered();
      this.#requests.get(String(reply.properties.correlationId))?.succeed(reply);
    };
    // AMQP 0-9-1 knows no acknowledgement of replies; RabbitMQ refuses this consumer without no-ack.
    await channel.consume(replyQueue, replied, { noAck: true });
  }

  /** The broker took a request not (basic.nack). Replies to the others still come on the channel that they went out on. */
  #refused(request: InFlightRequest): void {
    // Of a channel that closed, amqplib takes everything for refused; what waited for a reply has failed for that by then.
    request.fail(requestRefused(request.message));
    if (request.channel !== this.#channel.current) return;
    this.#refusedChannel.refused();
    if (this.#refusedChannel.next(0) === "replace") this.#replaceChannel();
  }

  #replaceChannel(): void {
    const channel = this.#channel.release();
    if (!channel) return;
    const waitFor = [...this.#requests.values()].filter((request) => request.channel === channel).length;
    this.#replaced.set(channel, waitFor + 1);
    this.#replyCame(channel);
    this.#pump();
  }

  /** One reply less is to come, on a channel that was replaced. */
  #replyCame(channel: ConfirmChannel): void {
    const left = this.#replaced.get(channel);
    if (left === undefined) return;
    if (left > 1) {
      this.#replaced.set(channel, left - 1);
      return;
    }
    this.#replaced.delete(channel);
    this.#channel.discard(channel);
  }

  /** The replies to everything that was sent on the channel are lost with it. */
  #lost({ reply, culprit }: ChannelEnd, channel: ConfirmChannel): void {
    this.#replaced.delete(channel);
    if (culprit && culprit.topic === undefined) this.#exchanges.delete(culprit.exchange);
    for (const request of this.#requests.values()) {
      if (request.channel !== channel) continue;
      const { exchange, routingKey } = request.message;
      const isGuilty = culprit?.exchange === exchange && (culprit.topic ?? routingKey) === routingKey;
      request.fail(isGuilty ? missingExchange(exchange, reply) : requestLost(request.message, reply.replyText));
    }
    this.#pump();
  }

  #stateOf({ channel }: InFlightRequest): string {
    const { connection } = this.#settings;
    const blocks = "the broker blocks publishes (an alarm of memory or disk)";
    if (channel) return connection.blocked ? `it was sent, and ${blocks}` : "it was sent, and nobody answered";
    if (connection.blocked) return `it was never sent, ${blocks}`;
    if (this.#channel.current) return "it was never sent, the connection takes no more at the moment";
    return `it was never sent, there is no channel for it (${this.#channel.lastReason || connection.state})`;
  }
}
