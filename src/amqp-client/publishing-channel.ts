/**
 * One channel to publish on, as supervised as the connection below it: opened when there is something to send, opened again
 * when it is gone. What is sent, and what becomes of it, is the host's.
 */
import type { Logger } from "../log/logger.ts";
import { backoffMs } from "../util/backoff.ts";
import { wait } from "../util/wait.ts";
import type { AmqpChannel } from "./channel.ts";
import { closeChannel } from "./close-channel.ts";
import { isRefusal } from "./connect.ts";
import type { AmqpConnection } from "./connection.ts";
import { AmqpChannelError, type Reply, replyOf } from "./errors.ts";
import type { ChannelPublishOptions, OutgoingMessage } from "./outgoing-message.ts";

const reopen = { firstMs: 50, maxMs: 5_000 };
/** CONNECTION_FORCED: an operator or a shutdown closes the connection (AMQP 0-9-1, 1.2 "reply-code"). */
const connectionForced = 320;

/** How a channel ended. */
export interface ChannelEnd {
  /** What the broker closed the channel for, or how the connection went. */
  readonly reply: Reply;
  /**
   * What the broker closed, as it does because of one of the publishes; undefined when the link was lost, or the connection
   * closed for reasons of the broker's own. Never decided by the text of the reply.
   */
  readonly closed: "channel" | "connection" | undefined;
}

/** The interface between the channel and the publisher that uses it. */
export interface PublishingChannelHost {
  /** Something waits to be sent. While nothing does, no channel is opened. */
  hasWaiting(): boolean;
  /** There may be room again: send what waits. */
  pump(): void;
  /** A new channel, before anything is sent on it. When it rejects, another one is tried. */
  opened(channel: AmqpChannel): void | Promise<void>;
  /** A channel that was in use is closed, and publishes that were sent on it will get no answers. */
  lost(end: ChannelEnd, channel: AmqpChannel): void;
  /** There will be no channel for what waits: the login was refused; without an error, the connection is closed for good. */
  hopeless(error: Error | undefined): void;
}

export interface PublishingChannelSettings {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  readonly host: PublishingChannelHost;
  /**
   * Makes again what this process declared: called after the connection was lost, before anything is published, for a broker
   * that came back empty would drop it. When it fails publishes go out all the same.
   */
  declareAgain?(): Promise<void>;
}

export class PublishingChannel {
  readonly #settings: PublishingChannelSettings;
  readonly #closing = new AbortController();
  #channel: AmqpChannel | undefined;
  /** Given up, and still open. */
  readonly #released = new Set<AmqpChannel>();
  #opening = false;
  /** The connection was lost: a broker that returned empty may have lost what was declared. */
  #mayBeEmpty = false;
  #declaring: Promise<void> | undefined;
  #drained = true;
  #lastReason = "";

  constructor(settings: PublishingChannelSettings) {
    this.#settings = settings;
    const { connection, host } = settings;
    const lost = (): void => {
      this.#mayBeEmpty = true;
    };
    connection.subscribe({ lost, opened: () => host.pump(), unblocked: () => host.pump() });
  }

  /** The channel on which publishes are sent now. */
  get current(): AmqpChannel | undefined {
    return this.#channel;
  }

  /** There is a channel, and it takes more. */
  get writable(): boolean {
    return this.#channel !== undefined && this.#drained && !this.#settings.connection.blocked;
  }

  /** Why the last channel ended, or could not be opened; empty when there was no error, or answers came since. */
  get lastReason(): string {
    return this.#lastReason;
  }

  /** The broker answered: what was wrong before is over. */
  answered(): void {
    this.#lastReason = "";
  }

  /** Opens a channel, if none is open; then calls `pump`. */
  open(): void {
    if (this.#channel || this.#opening || this.#closed) return;
    this.#opening = true;
    void this.#openUntilThere().finally(() => {
      this.#opening = false;
      // Connected again just when the repair was given up: a listener of that event found this channel still opening.
      if (this.#channel || this.#settings.connection.state === "connected") this.#settings.host.pump();
    });
  }

  /**
   * Publishes on the channel of the moment. False: the channel is closing, nothing was sent, and another one comes. Throws
   * when the message cannot be written as AMQP; nothing was sent then either.
   */
  publish(message: OutgoingMessage, options: ChannelPublishOptions): boolean {
    const channel = this.#channel;
    if (!channel) return false;
    try {
      this.#drained = channel.publish(message.exchange, message.routingKey, message.content, options);
      return true;
    } catch (error) {
      if (channel.isOpen) throw error;
      this.#drained = false;
      // A second end does nothing.
      setImmediate(() => this.#ended(channel, undefined));
      return false;
    }
  }

  /** Releases the channel, so that the next publish uses a new one. It stays open for outstanding answers. */
  release(): AmqpChannel | undefined {
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) this.#released.add(channel);
    return channel;
  }

  /** Closes a channel that was released; its listener gets no more events. */
  discard(channel: AmqpChannel): void {
    if (this.#released.delete(channel)) void closeChannel(channel);
  }

  /** Makes again what this process declared, once for all who ask at the same time. Never rejects. */
  declareAgain(): Promise<void> {
    this.#declaring ??= this.#declare().finally(() => {
      this.#declaring = undefined;
    });
    return this.#declaring;
  }

  /** Sends no more events; a released channel is closed as well. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.release();
    const channels = [...this.#released];
    this.#released.clear();
    await Promise.all(channels.map((channel) => closeChannel(channel)));
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #declare(): Promise<void> {
    const { connection, logger } = this.#settings;
    this.#mayBeEmpty = false;
    try {
      await this.#settings.declareAgain?.();
    } catch (error) {
      logger.debug({ err: error }, "the exchanges of the publishes could not be declared again");
      // There was no broker to declare it on.
      if (connection.state !== "connected") this.#mayBeEmpty = true;
    }
  }

  async #openUntilThere(): Promise<void> {
    const { connection, logger, host } = this.#settings;
    for (let attempt = 1; !this.#closed && host.hasWaiting(); attempt++) {
      try {
        await connection.open();
        // A connection that is being repaired says when it is there.
        if (connection.state !== "connected") return;
        if (this.#mayBeEmpty || this.#declaring) await this.declareAgain();
        // Lost in the meantime: what was declared may be missing again.
        if (this.#mayBeEmpty) continue;
        if (await this.#use(await connection.openConfirmChannel())) return;
      } catch (error) {
        this.#lastReason = replyOf(error).replyText;
        logger.debug({ err: error, attempt }, "no channel to publish on yet");
        // A login that was never accepted will not be accepted later: waiting does not help.
        if (isRefusal(error)) host.hopeless(error as Error);
        if (connection.state === "closed") return host.hopeless(undefined);
      }
      await wait(backoffMs(attempt, reopen), this.#closing.signal);
    }
  }

  /** False when the channel, or this, was closed in the meantime. */
  async #use(channel: AmqpChannel): Promise<boolean> {
    let error: Error | undefined;
    let live = true;
    channel.subscribe({
      closed: (reason) => {
        live = false;
        if (reason instanceof AmqpChannelError) error = reason;
        this.#ended(channel, error);
      },
      drained: () => {
        if (this.#channel !== channel) return;
        this.#drained = true;
        this.#settings.host.pump();
      },
    });
    const opened = this.#settings.host.opened(channel);
    if (opened) await opened;
    if (live && !this.#closed) {
      this.#drained = true;
      this.#channel = channel;
      return true;
    }
    if (error) this.#lastReason = replyOf(error).replyText;
    await closeChannel(channel);
    return false;
  }

  /** Once for each channel that was in use. */
  #ended(channel: AmqpChannel, error: Error | undefined): void {
    if (this.#channel === channel) this.#channel = undefined;
    else if (!this.#released.delete(channel)) return;
    const { closeReply } = this.#settings.connection;
    const byConnection = closeReply?.replyCode !== undefined && closeReply.replyCode !== connectionForced;
    const reply: Reply = error ? replyOf(error) : (closeReply ?? { replyText: "the connection was lost" });
    this.#lastReason = reply.replyText;
    const closed = error ? "channel" : byConnection ? "connection" : undefined;
    this.#settings.host.lost({ reply, closed }, channel);
  }
}
