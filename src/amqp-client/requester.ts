/**
 * Requests and their replies, on one channel: RabbitMQ's direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to) takes
 * a request only on the channel that consumes the replies. Replies are no messages in a queue: with the channel they are lost.
 */
import { randomUUID } from "node:crypto";
import { Cancellations } from "./cancellations.ts";
import type { AmqpChannel } from "./channel.ts";
import { checkMessage, requireFrame } from "./check-message.ts";
import { closeChannel } from "./close-channel.ts";
import { AmqpPublishError } from "./errors.ts";
import { InFlightRequest } from "./in-flight-request.ts";
import { KnownExchanges } from "./known-exchanges.ts";
import { type OutgoingMessage, publishOptions } from "./outgoing-message.ts";
import { ProvenExchanges } from "./proven-exchanges.ts";
import { whyNoReply } from "./publish-delay.ts";
import { exchangeError, refusedError, tooLargeError } from "./publish-errors.ts";
import type { TurnTaker } from "./publish-turn.ts";
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
import type { AskOptions, RequesterSettings } from "./requester-settings.ts";
import type { ReceivedMessage } from "./session/received-message.ts";
import { UnconfirmedRequests } from "./unconfirmed-requests.ts";

const replyQueue = "amq.rabbitmq.reply-to";

export class Requester {
  readonly #settings: RequesterSettings;
  readonly #exchanges: KnownExchanges;
  /** What the broker confirmed before; the first request to any other exchange goes alone. */
  readonly #proven = new ProvenExchanges();
  /** By correlation id: everything that has no reply yet. */
  readonly #requests = new Map<string, InFlightRequest>();
  /** Those of them that are not sent, first come first served. */
  readonly #waiting = new Set<InFlightRequest>();
  readonly #cancellations = new Cancellations();
  readonly #channel: PublishingChannel;
  readonly #refusedChannel = new RefusedChannel();
  /** Channels that the broker refused a request on: open until the replies to the others came. How many are to come. */
  readonly #replaced = new Map<AmqpChannel, number>();
  /** The last request that went alone, while it is not confirmed. */
  #lone: InFlightRequest | undefined;
  readonly #unconfirmed = new UnconfirmedRequests();
  readonly #taker: TurnTaker;
  #closed = false;

  constructor(settings: RequesterSettings) {
    this.#settings = settings;
    const { connection, logger, looksForExchanges: looks } = settings;
    this.#exchanges = new KnownExchanges({ connection, looks, declareAgain: () => this.#channel.declareAgain() });
    const host = {
      hasWaiting: () => this.#waiting.size > 0,
      pump: () => this.#pump(),
      opened: (channel: AmqpChannel) => this.#listen(channel),
      lost: (end: ChannelEnd, channel: AmqpChannel) => this.#lost(end, channel),
      hopeless: (error: Error | undefined) => this.#failAll(this.#waiting, error),
    };
    this.#taker = this.#unconfirmed.takerOf(() => this.#pump());
    connection.publishTurn.join(this.#taker);
    const declareAgain = async (): Promise<void> => settings.declareAgain?.();
    this.#channel = new PublishingChannel({ connection, logger, host, declareAgain });
  }

  get inFlight(): number {
    return this.#requests.size;
  }

  /** As that of a publisher. */
  trustExchange(name: string, declared: boolean | "verify" = true): void {
    this.#exchanges.add(name, declared);
  }

  /**
   * Sends a request and resolves with its reply. Correlation id, reply-to and expiration of the message are set here: it
   * expires with the request. Rejects by name with an AmqpRequestError or AmqpPublishError.
   */
  ask(message: OutgoingMessage, { timeoutMs, signal, suspect = false, looks }: AskOptions): Promise<ReceivedMessage> {
    const { clock, maxMessageBytes } = this.#settings;
    if (looks !== undefined) this.#exchanges.lookFor(message.exchange, looks);
    if (this.#closed) return Promise.reject(requestClosed(message));
    if (message.content.length > maxMessageBytes) return Promise.reject(tooLargeError(message, maxMessageBytes));
    if (signal?.aborted) return Promise.reject(requestCancelled(message, signal.reason));
    return new Promise((resolve, reject) => {
      const propertyBytes = checkMessage(message);
      const request = new InFlightRequest({
        message,
        propertyBytes,
        suspect,
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
      if (this.#exchanges.has(message.exchange)) this.#enqueue(request);
      else
        this.#exchanges.check(message.exchange, performance.now() + timeoutMs).then(
          () => this.#enqueue(request),
          (error: Error) => request.fail(error),
        );
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#settings.connection.publishTurn.leave(this.#taker);
    this.#failAll(this.#requests.values());
    await this.#channel.close();
  }

  #failAll(requests: Iterable<InFlightRequest>, error?: Error): void {
    for (const request of requests) request.fail(error ?? requestClosed(request.message));
  }

  #ended(request: InFlightRequest): void {
    this.#requests.delete(request.id);
    // It may have been the one for which everybody else on the connection waits.
    if (this.#waiting.delete(request) && this.#unconfirmed.size === 0) this.#releaseTurn();
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
      if (!this.#channel.writable || !this.#mayGo(request)) return;
      this.#send(request);
    }
  }

  /**
   * What may close the channel goes alone, on a channel where nobody waits for a reply: what was asked before and lost, and the
   * first request to an exchange, which may be internal or forbidden.
   */
  #mayGo(request: InFlightRequest): boolean {
    const { publishTurn } = this.#settings.connection;
    if (this.#lone !== undefined || publishTurn.heldBesides(this.#taker)) return false;
    if (!request.suspect && this.#proven.has(request.message)) return true;
    if (this.#unconfirmed.size > 0) return false;
    if (request.suspect && !publishTurn.take(this.#taker)) return false;
    const channel = this.#channel.current;
    if (channel !== undefined && this.#waitedFor(channel) > 0) {
      this.#replaceChannel();
      return false;
    }
    this.#lone = request;
    return true;
  }

  #releaseTurn(): void {
    if (this.#lone === undefined) this.#settings.connection.publishTurn.release(this.#taker);
  }

  /** The broker confirmed it, refused it, or is gone. */
  #answered(request: InFlightRequest): void {
    if (this.#lone === request) this.#lone = undefined;
    const { publishTurn } = this.#settings.connection;
    if (this.#unconfirmed.size === 0) publishTurn.release(this.#taker);
    publishTurn.settled(this.#taker);
    if (this.#waiting.size > 0) this.#pump();
  }

  #send(request: InFlightRequest): void {
    const { message, deadline, propertyBytes } = request;
    const options = publishOptions(message);
    options.mandatory = true;
    options.correlationId = request.id;
    options.replyTo = replyQueue;
    options.expiration = Math.max(1, Math.ceil(deadline - this.#settings.clock.now()));
    try {
      if (propertyBytes > 0) requireFrame(message, propertyBytes, this.#settings.connection.limits.frameMax);
      const channel = this.#channel.current;
      if (this.#channel.publish(message, options) && channel) {
        this.#unconfirmed.sent(channel, request);
        request.channel = channel;
        this.#waiting.delete(request);
      } else if (this.#lone === request) this.#lone = undefined;
    } catch (error) {
      request.fail(error instanceof AmqpPublishError ? error : requestInvalid(message, error));
      this.#answered(request);
    }
  }

  async #listen(channel: AmqpChannel): Promise<void> {
    this.#unconfirmed.add(channel);
    channel.subscribe({
      returned: (message) => {
        const request = this.#requestOf(message);
        request?.fail(requestUnroutable(request.message));
      },
      confirmed: (sequence, multiple, accepted) => {
        for (const request of this.#unconfirmed.take(channel, sequence, multiple)) {
          if (accepted) this.#proven.add(request.message);
          else this.#refused(request);
          this.#answered(request);
        }
      },
      // One that was lost while in use has none left.
      closed: () => {
        for (const request of this.#unconfirmed.remove(channel)) this.#answered(request);
      },
    });
    const replied = (reply: ReceivedMessage | null): void => {
      // The broker cancelled the consumer: nothing would ever come.
      if (reply === null) return void closeChannel(channel);
      this.#channel.answered();
      this.#requestOf(reply)?.succeed(reply);
    };
    // RabbitMQ refuses this consumer without no-ack.
    await channel.consume(replyQueue, replied, { consumerTag: randomUUID(), noAck: true });
  }

  #requestOf({ readableProperties }: ReceivedMessage): InFlightRequest | undefined {
    return this.#requests.get(String(readableProperties.correlationId));
  }

  /** The broker refused a request (basic.nack). Replies to the others still come on the channel that they went out on. */
  #refused(request: InFlightRequest): void {
    request.fail(requestRefused(request.message));
    if (request.channel !== this.#channel.current) return;
    this.#refusedChannel.refused();
    if (this.#refusedChannel.next(0) === "replace") this.#replaceChannel();
  }

  #replaceChannel(): void {
    const channel = this.#channel.release();
    if (!channel) return;
    this.#replaced.set(channel, this.#waitedFor(channel) + 1);
    this.#replyCame(channel);
    this.#pump();
  }

  /** Requests that went out on the channel and have no reply. */
  #waitedFor(channel: AmqpChannel): number {
    return [...this.#requests.values()].filter((request) => request.channel === channel).length;
  }

  #replyCame(channel: AmqpChannel): void {
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
  #lost({ reply, closed }: ChannelEnd, channel: AmqpChannel): void {
    this.#replaced.delete(channel);
    const unanswered = this.#unconfirmed.remove(channel);
    const [alone] = unanswered.length === 1 ? unanswered : [];
    // Of a connection that the broker closed, somebody else's publish may be the reason.
    const wasAlone = closed === "connection" && alone === this.#lone && alone?.suspect === true;
    const offending = closed === "channel" || wasAlone ? alone : undefined;
    if (closed === "channel") for (const { message } of unanswered) this.#exchanges.doubt(message.exchange);
    if (closed !== undefined) for (const { message } of unanswered) this.#proven.doubt(message.exchange);
    if (this.#lone?.channel === channel) this.#lone = undefined;
    if (this.#unconfirmed.size === 0) this.#settings.connection.publishTurn.release(this.#taker);
    for (const request of this.#requests.values()) {
      if (request.channel !== channel) continue;
      if (request !== offending) request.fail(requestLost(request.message, reply.replyText));
      else if (reply.replyCode === 404 || reply.replyCode === 403) request.fail(exchangeError(request, reply));
      else request.fail(refusedError(request, reply));
    }
    this.#pump();
  }

  #stateOf({ channel }: InFlightRequest): string {
    const { current, lastReason } = this.#channel;
    const hasChannel = current !== undefined;
    return whyNoReply({ connection: this.#settings.connection, hasChannel, lastReason }, channel !== undefined);
  }
}
