/** Sends publishes on one channel, as many at a time as the window holds, and knows what became of each. */
import type { AmqpChannel } from "./channel.ts";
import { requireFrame } from "./check-message.ts";
import { type Confirmation, Confirms } from "./confirms.ts";
import { Isolation } from "./isolation.ts";
import { LonePublish } from "./lone-publish.ts";
import { publishOptions } from "./outgoing-message.ts";
import { Pending } from "./pending.ts";
import { type Situation, whyUnconfirmed, whyWaiting } from "./publish-delay.ts";
import { closedError, timeoutError, unwritableError } from "./publish-errors.ts";
import type { PublisherSettings } from "./publisher-settings.ts";
import { type ChannelEnd, PublishingChannel } from "./publishing-channel.ts";
import { RefusedChannel } from "./refused-channel.ts";

const checkMs = 250;

export interface PublishSenderHost {
  /** The broker closed the channel because an exchange is missing: takes over those of `lost` that are not to be sent again yet. */
  exchangeIsMissing(lost: readonly Confirmation[], end: ChannelEnd): readonly Confirmation[];
  /** No queue got it. */
  returned(entry: Confirmation): void;
  /** Nothing waits here, and nothing is unconfirmed. */
  idle(): void;
}

export class PublishSender {
  readonly #settings: PublisherSettings;
  readonly #host: PublishSenderHost;
  readonly #queue = new Pending();
  readonly #confirms: Confirms;
  readonly #refusedChannel = new RefusedChannel();
  readonly #channel: PublishingChannel;
  readonly #isolation = new Isolation();
  readonly #lone: LonePublish;
  #checkTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: PublisherSettings, host: PublishSenderHost) {
    this.#settings = settings;
    this.#host = host;
    const { connection, logger } = settings;
    const confirms = new Confirms({
      settled: this.#settled,
      accepted: (entry) => this.#isolation.confirmed(entry),
      refused: () => this.#refusedChannel.refused(),
      returned: (entry) => host.returned(entry),
    });
    this.#confirms = confirms;
    const pump = (): void => this.#pump();
    const taker = {
      get inFlight() {
        return confirms.size;
      },
      pump,
    };
    this.#lone = new LonePublish(this.#isolation, connection.publishTurn, taker);
    const channelHost = {
      hasWaiting: () => this.#queue.size > 0,
      pump,
      opened: (channel: AmqpChannel) => this.#listen(channel),
      lost: (end: ChannelEnd) => this.#lost(end),
      hopeless: (error: Error | undefined) => this.#rejectAll(this.#queue.takeAll(), error),
    };
    const declareAgain = async (): Promise<void> => settings.declareAgain?.();
    this.#channel = new PublishingChannel({ connection, logger, host: channelHost, declareAgain });
  }

  /** Sent and not confirmed. */
  get unconfirmed(): number {
    return this.#confirms.size;
  }

  /** Not sent yet. */
  get waiting(): number {
    return this.#queue.size;
  }

  push(entry: Confirmation): void {
    if (this.#closed) {
      entry.reject(closedError(entry.message));
      return;
    }
    this.#queue.push(entry);
    this.#checkTimer ??= setInterval(this.#rejectOverdue, checkMs);
    this.#pump();
  }

  /** The publish that made the broker close the channel was found by another publisher: waiting ones did not cause it. */
  clearSuspicion(): void {
    this.#queue.clearSuspicion();
    this.#pump();
  }

  /** Declares again what this process declared. Never rejects. */
  declareAgain(): Promise<void> {
    return this.#channel.declareAgain();
  }

  /** What has no answer yet rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#checkTimer);
    this.#lone.leave();
    this.#rejectAll([...this.#confirms.takeAll(), ...this.#queue.takeAll()]);
    await this.#channel.close();
  }

  #rejectAll(entries: readonly Confirmation[], error?: Error): void {
    for (const entry of entries) entry.reject(error ?? closedError(entry.message));
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

  /** There is room for it, and it cannot harm other publishes. */
  #mayGo(entry: Confirmation): boolean {
    const { maxUnconfirmedMessages, maxUnconfirmedBytes } = this.#settings;
    const { size, bytes } = this.#confirms;
    if (size >= maxUnconfirmedMessages || bytes >= maxUnconfirmedBytes) return false;
    return this.#lone.mayGo(entry, size);
  }

  #send(entry: Confirmation): void {
    const { message, propertyBytes } = entry;
    try {
      if (propertyBytes > 0) requireFrame(message, propertyBytes, this.#settings.connection.limits.frameMax);
      if (this.#channel.publish(message, publishOptions(message))) {
        entry.sends++;
        this.#confirms.sent(entry);
      } else this.#queue.putBack([entry]);
    } catch (error) {
      // Wrong for this message alone, and nothing was sent.
      entry.reject(unwritableError(entry, error));
    }
    this.#checkLone();
  }

  #checkLone(): void {
    if (this.#confirms.size === 0) this.#lone.ended();
  }

  /** Only while nothing is unconfirmed: the next channel counts its publishes from 1 again. */
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

  /** Publishes that were sent on this closed channel will get no answers. */
  #lost(end: ChannelEnd): void {
    const lost = this.#confirms.takeAll();
    const taken = this.#mayMissExchange(lost, end) ? this.#host.exchangeIsMissing(lost, end) : [];
    const rest = taken.length > 0 ? lost.filter((entry) => !taken.includes(entry)) : lost;
    const { again, offending } = this.#isolation.judge(rest, end, this.#settings.republishUnknown);
    if (offending !== undefined) this.#queue.clearSuspicion();
    this.#queue.putBack(again);
    this.#checkLone();
    this.#checkIdle();
    this.#pump();
  }

  /** 404, and it is not known for which publish. */
  #mayMissExchange(lost: readonly Confirmation[], { closed, reply }: ChannelEnd): boolean {
    if (closed !== "channel" || reply.replyCode !== 404) return false;
    const [first, ...more] = lost;
    return first !== undefined && (more.length > 0 || !this.#isolation.isSuspect(first));
  }

  readonly #settled = (): void => {
    this.#checkLone();
    this.#channel.answered();
    this.#pump();
    this.#checkIdle();
  };

  #checkIdle(): void {
    if (this.#confirms.size > 0 || this.#queue.size > 0) return;
    clearInterval(this.#checkTimer);
    this.#checkTimer = undefined;
    this.#host.idle();
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
    this.#checkLone();
    this.#checkIdle();
    this.#pump();
  };
}
