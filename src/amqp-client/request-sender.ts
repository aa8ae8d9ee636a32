/** Sends requests on the channel that consumes their replies, and knows what happened to them when the channel is closed. */
import type { AmqpChannel } from "./channel.ts";
import { requireFrame } from "./check-message.ts";
import { AmqpPublishError } from "./errors.ts";
import type { InFlightRequest } from "./in-flight-request.ts";
import { publishOptions } from "./outgoing-message.ts";
import { exchangeError, refusedError } from "./publish-errors.ts";
import { type ChannelEnd, PublishingChannel } from "./publishing-channel.ts";
import { ReplacedChannels } from "./replaced-channels.ts";
import { consumeReplies, replyQueue } from "./reply-consumer.ts";
import { requestClosed, requestInvalid, requestLost, requestRefused, requestUnroutable } from "./request-errors.ts";
import { RequestTurns } from "./request-turns.ts";
import type { RequesterSettings } from "./requester-settings.ts";

/** What correlation id and reply-to take in the frame of a request: a UUID, and the name of the reply queue. */
const replyBytes = 1 + 36 + 1 + replyQueue.length;

export interface RequestSenderHost {
  /** By correlation id: everything that has no reply yet. */
  readonly requests: ReadonlyMap<string, InFlightRequest>;
  /** The broker closed the channel for a publish to one of these exchanges. */
  doubt(exchange: string): void;
}

export class RequestSender {
  readonly #settings: RequesterSettings;
  readonly #host: RequestSenderHost;
  /** Not sent yet, first come first served. */
  readonly #waiting = new Set<InFlightRequest>();
  readonly #turns: RequestTurns;
  readonly #channel: PublishingChannel;
  readonly #replaced = new ReplacedChannels();
  #closed = false;

  constructor(settings: RequesterSettings, host: RequestSenderHost) {
    this.#settings = settings;
    this.#host = host;
    const { connection, logger } = settings;
    const pump = (): void => this.#pump();
    this.#turns = new RequestTurns(connection.publishTurn, pump);
    const channelHost = {
      hasWaiting: () => this.#waiting.size > 0,
      pump,
      opened: (channel: AmqpChannel) => this.#listen(channel),
      lost: (end: ChannelEnd, channel: AmqpChannel) => this.#lost(end, channel),
      hopeless: (error: Error | undefined) => this.#failWaiting(error),
    };
    const declareAgain = async (): Promise<void> => settings.declareAgain?.();
    this.#channel = new PublishingChannel({ connection, logger, host: channelHost, declareAgain });
  }

  /** Whether a channel is open; why it is not, or why the last one ended. */
  get state(): { readonly hasChannel: boolean; readonly lastReason: string } {
    return { hasChannel: this.#channel.current !== undefined, lastReason: this.#channel.lastReason };
  }

  push(request: InFlightRequest): void {
    if (request.ended) return;
    this.#waiting.add(request);
    this.#pump();
  }

  /** A request has its reply, or was given up. */
  ended(request: InFlightRequest): void {
    if (this.#waiting.delete(request)) this.#turns.gaveUp();
    if (request.channel) this.#discardIf(request.channel, this.#replaced.ended(request.channel));
  }

  /** Declares again what this process declared. Never rejects. */
  declareAgain(): Promise<void> {
    return this.#channel.declareAgain();
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#closed = true;
    this.#turns.leave();
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }

  #failWaiting(error: Error | undefined): void {
    for (const request of this.#waiting) request.fail(error ?? requestClosed(request.message));
  }

  #pump(): void {
    if (this.#waiting.size === 0 || this.#closed) return;
    this.#channel.open();
    for (const request of this.#waiting) {
      if (!this.#channel.writable || !this.#turns.mayGo(request, this.#clearChannel)) return;
      this.#send(request);
    }
  }

  readonly #clearChannel = (): boolean => {
    const channel = this.#channel.current;
    if (channel === undefined || this.#waitedFor(channel) === 0) return true;
    this.#replaceChannel();
    return false;
  };

  /** It was confirmed, refused, or lost. */
  #answered(request: InFlightRequest): void {
    this.#turns.answered(request);
    if (this.#waiting.size > 0) this.#pump();
  }

  #send(request: InFlightRequest): void {
    const { message, deadline, propertyBytes } = request;
    try {
      if (propertyBytes > 0)
        requireFrame(message, propertyBytes, this.#settings.connection.limits.frameMax, replyBytes);
      const options = publishOptions(message);
      options.mandatory = true;
      options.correlationId = request.id;
      options.replyTo = replyQueue;
      options.expiration = Math.max(1, Math.ceil(deadline - this.#settings.clock.now()));
      const channel = this.#channel.current;
      if (this.#channel.publish(message, options) && channel) {
        this.#turns.sent(channel, request);
        request.channel = channel;
        this.#waiting.delete(request);
      } else this.#turns.notSent(request);
    } catch (error) {
      request.fail(error instanceof AmqpPublishError ? error : requestInvalid(message, error));
      this.#answered(request);
    }
  }

  async #listen(channel: AmqpChannel): Promise<void> {
    this.#turns.opened(channel);
    channel.subscribe({
      returned: ({ readableProperties }) => {
        const request = this.#requestOf(readableProperties.correlationId);
        request?.fail(requestUnroutable(request.message));
      },
      confirmed: (sequence, multiple, accepted) => {
        for (const request of this.#turns.take(channel, sequence, multiple)) {
          if (accepted) this.#turns.confirmed(request);
          else this.#refused(request);
          this.#answered(request);
        }
      },
      // A channel that was lost while in use has no such requests.
      closed: () => {
        for (const request of this.#turns.remove(channel)) this.#answered(request);
      },
    });
    await consumeReplies(channel, (reply) => {
      this.#channel.answered();
      this.#requestOf(reply.readableProperties.correlationId)?.succeed(reply);
    });
  }

  #requestOf(correlationId: unknown): InFlightRequest | undefined {
    return this.#host.requests.get(String(correlationId));
  }

  /** The broker refused a request (basic.nack). Replies to the others still come on the channel that they went out on. */
  #refused(request: InFlightRequest): void {
    request.fail(requestRefused(request.message));
    if (request.channel === this.#channel.current && this.#replaced.refused()) this.#replaceChannel();
  }

  #replaceChannel(): void {
    const channel = this.#channel.release();
    if (!channel) return;
    this.#discardIf(channel, this.#replaced.add(channel, this.#waitedFor(channel)));
    this.#pump();
  }

  #discardIf(channel: AmqpChannel, isDone: boolean): void {
    if (isDone) this.#channel.discard(channel);
  }

  /** Requests that went out on the channel and have no reply. */
  #waitedFor(channel: AmqpChannel): number {
    return [...this.#host.requests.values()].filter((request) => request.channel === channel).length;
  }

  /** The replies to everything that was sent on the channel are lost with it. */
  #lost({ reply, closed }: ChannelEnd, channel: AmqpChannel): void {
    this.#replaced.delete(channel);
    const { unconfirmed, offending } = this.#turns.lost(channel, closed);
    if (closed === "channel") for (const { message } of unconfirmed) this.#host.doubt(message.exchange);
    for (const request of this.#host.requests.values()) {
      if (request.channel !== channel) continue;
      if (request !== offending) request.fail(requestLost(request.message, reply.replyText));
      else if (reply.replyCode === 404 || reply.replyCode === 403) request.fail(exchangeError(request, reply));
      else request.fail(refusedError(request, reply));
    }
    this.#pump();
  }
}
