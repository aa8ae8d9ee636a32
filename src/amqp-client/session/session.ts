/** One connection to a broker, from the first byte to its end; nothing is repaired here. */
import { frameType, replyCode } from "../../amqp-wire/constants.ts";
import { decodeMethod, type Method } from "../../amqp-wire/methods.ts";
import { createDeferred, type Deferred } from "../../util/deferred.ts";
import { Calls, type CallsHost } from "./calls.ts";
import type { SessionChannel } from "./channel.ts";
import type { ChannelHost } from "./channel-contract.ts";
import { Channels } from "./channels.ts";
import { FrameStream, type FrameStreamEvents } from "./frame-stream.ts";
import { type Agreement, Handshake } from "./handshake.ts";
import { Listeners } from "./listeners.ts";
import type { SessionEvents, SessionSettings } from "./session-contract.ts";
import {
  answerTimeout,
  closedByBroker,
  closedByUs,
  closeFor,
  contentOnChannel0,
  handshakeTimeout,
  heartbeatMissed,
  heartbeatOnChannel,
  protocolError,
  socketEnded,
} from "./session-errors.ts";

/** How long the broker may take to answer our close. */
const closeLimitMs = 3000;

type State = "handshake" | "open" | "closing" | "closed";

export class Session implements ChannelHost, FrameStreamEvents, CallsHost {
  readonly answerTimeoutMs: number;
  readonly output: FrameStream;
  readonly #settings: SessionSettings;
  readonly #handshake: Handshake;
  readonly #opened: Deferred<Session> = createDeferred<Session>();
  readonly #deadline: NodeJS.Timeout;
  readonly #calls: Calls;
  readonly #listeners: Listeners<SessionEvents>;
  readonly #channels = new Channels(this);
  #agreement: Agreement | undefined;
  #state: State = "handshake";
  #end: { readonly error: Error | undefined } | undefined;
  #blocked = false;
  #closing: Deferred<void> | undefined;

  private constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.answerTimeoutMs = settings.answerTimeoutMs;
    this.#handshake = new Handshake(settings.handshake);
    this.#listeners = new Listeners<SessionEvents>(settings.listenerFailed);
    this.#calls = new Calls(this, settings.answerTimeoutMs);
    // May throw: no timer may be left then.
    this.output = new FrameStream(settings.target, this, (type, channel, payload) =>
      this.#take(type, channel, payload),
    );
    this.#deadline = setTimeout(this.#onDeadline, settings.handshakeTimeoutMs);
  }

  /** Connects, logs in and opens the virtual host. An abort of the signal stops the attempt. Rejects with an AmqpConnectionError. */
  static async open(settings: SessionSettings, signal: AbortSignal): Promise<Session> {
    const session = new Session(settings);
    const abort = (): void => session.fail(closedByUs());
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await session.#opened.promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  get agreement(): Agreement {
    return this.#agreement as Agreement;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Calls the listener for what happens from now on, and also for an end that has happened already. The returned function removes it. */
  subscribe(events: Partial<SessionEvents>): () => void {
    const end = this.#end;
    if (!end) return this.#listeners.add(events);
    queueMicrotask(() => events.closed?.(end.error));
    return () => {};
  }

  /** Opens a channel on the lowest free number; rejects with ERR_AMQP_CHANNEL_LIMIT if all are in use. */
  async openChannel(): Promise<SessionChannel> {
    if (this.#end) throw this.#end.error ?? closedByUs();
    return await this.#channels.open();
  }

  /** Hands a new password or token to the broker, for a login that expires (RabbitMQ 3.8 and later). */
  async updateSecret(secret: string, reason: string): Promise<void> {
    const newSecret = Buffer.from(secret, "utf8");
    await this.#calls.ask({ name: "connection.update-secret", newSecret, reason }, "connection.update-secret-ok");
  }

  /** Closes after everything sent before, waits a limited time for the answer, and frees the socket. */
  close(): Promise<void> {
    if (this.#closing) return this.#closing.promise;
    if (this.#state === "closed") return Promise.resolve();
    const closing = createDeferred();
    this.#closing = closing;
    this.#state = "closing";
    this.#channels.end(undefined);
    this.send({
      name: "connection.close",
      replyCode: replyCode.replySuccess,
      replyText: "done",
      classId: 0,
      methodId: 0,
    });
    const timer = setTimeout(() => this.#finish(undefined), closeLimitMs);
    return closing.promise.finally(() => clearTimeout(timer));
  }

  released(channel: number): void {
    this.#channels.release(channel);
  }

  listenerFailed(error: unknown): void {
    this.#settings.listenerFailed(error);
  }

  send(method: Method): void {
    this.output.send(method);
  }

  unanswered(method: Method["name"]): void {
    this.#calls.fail(answerTimeout(method, this.answerTimeoutMs));
  }

  // Events of the stream.

  broken(error: unknown): void {
    if (this.#state === "closed") return;
    const close = this.#state === "open" ? closeFor(error) : undefined;
    if (close) this.send(close);
    this.fail(protocolError(error));
  }

  drained(): void {
    this.#channels.drained();
  }

  silent(): void {
    this.fail(heartbeatMissed(this.agreement.heartbeatSeconds));
  }

  ended(error: Error | undefined, nothingCame: boolean): void {
    if (this.#state === "closing") this.#finish(undefined);
    else this.fail(socketEnded(error, nothingCame));
  }

  readonly #onDeadline = (): void => {
    this.fail(handshakeTimeout(this.#handshake.step, this.#settings.handshakeTimeoutMs));
  };

  #take(type: number, channel: number, payload: Buffer): void {
    if (this.#state === "closing") {
      this.#takeWhileClosing(type, channel, payload);
    } else if (type === frameType.heartbeat) {
      if (channel !== 0) throw heartbeatOnChannel(channel);
    } else if (channel === 0) {
      if (type !== frameType.method) throw contentOnChannel0();
      this.#takeMethod(decodeMethod(payload, true));
    } else this.#channels.take(type, channel, payload);
  }

  #takeMethod(method: Method): void {
    if (this.#state === "handshake") {
      this.#shakeHands(method);
      return;
    }
    switch (method.name) {
      case "connection.close":
        this.send({ name: "connection.close-ok" });
        this.fail(closedByBroker(method));
        break;
      case "connection.blocked":
        this.#setBlocked(true, method.reason);
        break;
      case "connection.unblocked":
        this.#setBlocked(false, "");
        break;
      default:
        this.#calls.answered(method);
    }
  }

  #shakeHands(method: Method): void {
    const answers = this.#handshake.take(method);
    if (answers !== "done") {
      for (const answer of answers) this.send(answer);
      return;
    }
    const agreement = this.#handshake.agreement as Agreement;
    this.#agreement = agreement;
    this.#state = "open";
    clearTimeout(this.#deadline);
    this.#channels.agree(agreement.channelMax);
    this.output.agree(agreement);
    this.#opened.resolve(this);
  }

  #takeWhileClosing(type: number, channel: number, payload: Buffer): void {
    if (type !== frameType.method || channel !== 0) return;
    const { name } = decodeMethod(payload, true);
    if (name === "connection.close") this.send({ name: "connection.close-ok" });
    else if (name === "connection.close-ok") this.#finish(undefined);
  }

  #setBlocked(blocked: boolean, reason: string): void {
    if (this.#blocked === blocked) return;
    this.#blocked = blocked;
    this.#listeners.tell((listener) => (blocked ? listener.blocked?.(reason) : listener.unblocked?.()));
  }

  fail(error: Error): void {
    this.#finish(this.#state === "closing" ? undefined : error);
  }

  #finish(error: Error | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    const wasOpen = this.#state === "open" || this.#state === "closing";
    this.#state = "closed";
    clearTimeout(this.#deadline);
    this.output.end(wasOpen ? closeLimitMs : 0);
    this.#calls.fail(error ?? closedByUs());
    this.#opened.promise.catch(() => {});
    this.#opened.reject(error ?? closedByUs());
    // The owner of a lost channel may ask at once for the state of its connection.
    this.#listeners.tell((listener) => listener.closed?.(error));
    this.#listeners.clear();
    this.#channels.end(error ?? closedByUs());
    this.#closing?.resolve();
  }
}
