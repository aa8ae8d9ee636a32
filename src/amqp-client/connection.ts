/** One supervised connection: opened, lost, and opened again while it is used. */
import { AsyncResource } from "node:async_hooks";
import type { Logger } from "../log/logger.ts";
import { abortAfter } from "../util/abort-after.ts";
import { AmqpChannel } from "./channel.ts";
import { closedConnection, noConnection, whyLost } from "./connection-errors.ts";
import type { BrokerIdentity, ConnectionEvents, ConnectionLimits, ConnectionState } from "./connection-events.ts";
import { AmqpChannelError, AmqpConnectionError, type Reply, replyOf } from "./errors.ts";
import { type Connected, HostTurns } from "./host-turns.ts";
import { type Endpoint, endpointText, type ResolvedConnectionOptions } from "./options.ts";
import { PublishTurn } from "./publish-turn.ts";
import type { Session } from "./session/session.ts";
import { ShortLives } from "./short-lives.ts";
import { ThrowAwayChannels, type ThrowAwayChannelsHost } from "./throw-away-channels.ts";

export interface ConnectionSettings {
  readonly options: ResolvedConnectionOptions;
  /** Shown by the broker beside the connection. */
  readonly name: string;
  readonly purpose: "publishing" | "consuming";
  readonly logger: Logger;
  /** The level of the line that says that it is open. @default "info" */
  readonly openLevel?: "info" | "debug" | undefined;
  /** `once`: each host is tried once before there was a connection, for a program whose user waits. @default "repeated" */
  readonly firstConnect?: "once" | "repeated" | undefined;
}

export class AmqpConnection {
  /** Which caller may publish alone on this connection now. */
  readonly publishTurn: PublishTurn = new PublishTurn();
  readonly #settings: ConnectionSettings;
  readonly #hosts: HostTurns;
  readonly #throwAway = new ThrowAwayChannels();
  readonly #shortLives = new ShortLives();
  readonly #listeners = new Set<Partial<ConnectionEvents>>();
  readonly #closing = new AbortController();
  /** The first publish opens it. Its later work does not belong to the message that was handled at that time. */
  readonly #scope = new AsyncResource("AmqpConnection");
  #state: ConnectionState = "idle";
  #since = Date.now();
  #lastError: string | undefined;
  #blocked = false;
  #session: Session | undefined;
  #broker: BrokerIdentity | undefined;
  #endpoint: Endpoint | undefined;
  #limits: ConnectionLimits = { frameMax: 4096, channelMax: 2047 };
  #opening: Promise<void> | undefined;
  #closeReply: Reply | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#hosts = new HostTurns({ ...settings, failed: (reasons) => (this.#lastError = reasons) });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get purpose(): "publishing" | "consuming" {
    return this.#settings.purpose;
  }

  /** When the current state began, in milliseconds since 1970. */
  get since(): number {
    return this.#since;
  }

  /** Why it was lost or could not be made, the last time; with several hosts the reason of each. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** The broker accepts no publishes now. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** What the broker closed the connection with, from before its channels end until there is another one. */
  get closeReply(): Reply | undefined {
    return this.#closeReply;
  }

  /** What was agreed with the broker, the last time it was connected. */
  get limits(): ConnectionLimits {
    return this.#limits;
  }

  /** Where it is connected, or was the last time. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  /** The product and version of the broker, once connected. */
  get broker(): BrokerIdentity | undefined {
    return this.#broker;
  }

  /** The properties of the broker, while it is connected (AMQP 0-9-1, connection.start). */
  get serverProperties(): Readonly<Record<string, unknown>> {
    return this.#session?.agreement.serverProperties ?? {};
  }

  /**
   * Connects; the same attempt for everyone who asks at once. Unreachable hosts are tried in turn, again and again, for
   * `connectTimeoutSeconds` or until the signal aborts, or once with `firstConnect: "once"`; a refusal rejects at once. After the
   * first success every loss is repaired in the background, until `close`.
   */
  open(signal?: AbortSignal): Promise<void> {
    if (this.#state === "connected" || this.#state === "reconnecting") return Promise.resolve();
    if (this.#state === "closed") return Promise.reject(closedConnection());
    this.#opening ??= this.#scope
      .runInAsyncScope(() => this.#openFirst(signal))
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  /** Calls the listener for what happens from now on; the returned function removes it. */
  subscribe(events: Partial<ConnectionEvents>): () => void {
    this.#listeners.add(events);
    return () => this.#listeners.delete(events);
  }

  /** Opens a channel. Rejects with an AmqpConnectionError when there is no connection, or it is lost in the meantime. */
  async openChannel(): Promise<AmqpChannel> {
    const session = this.#require();
    return this.#guarded(new AmqpChannel(await this.#unlessLost(session, session.openChannel())), session);
  }

  async openConfirmChannel(): Promise<AmqpChannel> {
    const session = this.#require();
    const channel = await this.openChannel();
    await this.#unlessLost(session, channel.selectConfirms());
    return channel;
  }

  /**
   * Runs `use` on a throw-away channel, four at a time: a refusal there affects no other user. `use` leaves nothing on
   * the channel (no consumer, no unacknowledged message), because consecutive uses share it. Rejects with an AmqpChannelError that
   * has the broker's reply, or an AmqpConnectionError when the connection was lost before it answered.
   */
  withChannel<T>(use: (channel: AmqpChannel) => Promise<T>): Promise<T> {
    return this.#throwAway.share(() => this.#channelsOfNow(), use);
  }

  /** The same on a channel that is closed after it: its unacknowledged messages go back to their queue. */
  withOwnChannel<T>(use: (channel: AmqpChannel) => Promise<T>): Promise<T> {
    return this.#throwAway.use(() => this.#channelsOfNow(), use);
  }

  #channelsOfNow(): ThrowAwayChannelsHost {
    const session = this.#require();
    return { openChannel: () => this.openChannel(), unlessLost: (asked) => this.#unlessLost(session, asked) };
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#become("closed");
    this.#closing.abort();
    const session = this.#session;
    this.#session = undefined;
    if (!session) return;
    await session.close();
    this.#settings.logger.debug(`the ${this.#settings.purpose} connection is closed`);
  }

  #require(): Session {
    if (this.#session) return this.#session;
    throw this.#noConnection();
  }

  #noConnection(): AmqpConnectionError {
    if (this.#state === "closed") return closedConnection();
    const { purpose, options } = this.#settings;
    return noConnection(purpose, options, this.#state, this.#lastError);
  }

  /** The error of a channel that ended with its connection has the reason of the connection. */
  async #unlessLost<T>(session: Session, asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      throw this.#session === session ? error : this.#noConnection();
    }
  }

  #guarded(channel: AmqpChannel, session: Session): AmqpChannel {
    const { logger, purpose } = this.#settings;
    channel.subscribe({
      closed: (error) => {
        if (!(error instanceof AmqpChannelError)) return;
        logger.debug({ err: error }, `a channel of the ${purpose} connection was closed by the broker`);
      },
    });
    // Lost in the turn that opened it.
    if (this.#session !== session) throw this.#noConnection();
    return channel;
  }

  async #openFirst(signal?: AbortSignal): Promise<void> {
    this.#become("connecting");
    const signals = [this.#closing.signal, ...(signal ? [signal] : [])];
    const deadline = abortAfter(this.#hosts.firstLimitMs, signals);
    try {
      await this.#connect(deadline.signal, true);
    } catch (error) {
      if (this.#state === "connecting") this.#become("idle");
      throw this.#closing.signal.aborted ? closedConnection() : error;
    } finally {
      deadline.forget();
    }
  }

  /** Tries until it is connected, or `ended` aborts, or (at the first time) the broker refuses. */
  async #connect(ended: AbortSignal, first: boolean): Promise<void> {
    await this.#shortLives.pause(ended);
    this.#connected(await this.#hosts.connect(ended, first));
  }

  #connected({ session, endpoint }: Connected): void {
    const { logger, purpose, options, openLevel = "info" } = this.#settings;
    if (this.#closing.signal.aborted) {
      // In the same turn in which it was made.
      void session.close();
      throw closedConnection();
    }
    const { serverProperties, frameMax, channelMax } = session.agreement;
    const { product = "AMQP broker", version = "" } = serverProperties as Partial<Record<string, unknown>>;
    this.#broker = { product: String(product), version: String(version) };
    this.#limits = { frameMax, channelMax };
    this.#endpoint = endpoint;
    this.#session = session;
    this.#closeReply = undefined;
    this.#become("connected");
    this.#shortLives.opened();
    session.subscribe({
      closed: (error) => this.#lost(session, error ?? new Error("the connection was closed")),
      blocked: (reason) => this.#setBlocked(true, reason),
      unblocked: () => this.#setBlocked(false, ""),
    });
    const at = `${endpointText(endpoint)}, virtual host "${options.vhost}"`;
    logger[openLevel](`${purpose} connection to ${at} is open (${this.#broker.product} ${this.#broker.version})`);
    // It may have been blocked in the bytes that opened it.
    if (session.blocked) this.#setBlocked(true, "an alarm");
    this.#tell((events) => events.opened?.());
  }

  #lost(session: Session, error: Error): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    const reply = replyOf(error);
    // Class 10 is the connection's own: no publish is the reason (AMQP 0-9-1, 1.4).
    const ofConnection = error instanceof AmqpConnectionError && error.classId === 10;
    if (reply.replyCode !== undefined && !ofConnection) this.#closeReply = reply;
    this.#shortLives.lost();
    if (this.#blocked) this.#setBlocked(false, "");
    this.#become("reconnecting");
    const { logger, purpose } = this.#settings;
    this.#lastError = reply.replyText;
    const why = whyLost(reply);
    logger.warn(`the ${purpose} connection was lost (${why}); connecting again`);
    this.#tell((events) => events.lost?.(error));
    this.#connect(this.#closing.signal, false).catch((failure: unknown) => {
      if (this.#state !== "closed")
        logger.error({ err: failure }, "connecting again stopped after an unexpected error");
    });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#since = Date.now();
  }

  #setBlocked(blocked: boolean, reason: string): void {
    this.#blocked = blocked;
    const { logger, purpose } = this.#settings;
    if (blocked) logger.warn(`the broker blocked the ${purpose} connection (${reason}); publishes wait`);
    else logger.info(`the ${purpose} connection is not blocked any more`);
    this.#tell((events) => (blocked ? events.blocked?.(reason) : events.unblocked?.()));
  }

  /** An error that one listener throws does not affect the others or the session. */
  #tell(call: (events: Partial<ConnectionEvents>) => void): void {
    for (const events of [...this.#listeners]) {
      try {
        call(events);
      } catch (error) {
        this.#settings.logger.error({ err: error }, "a listener of the connection failed");
      }
    }
  }
}
