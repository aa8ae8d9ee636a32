/** One connection: the protocol header, the handshake, what is answered to errors, and the end. */
import type { Socket } from "node:net";
import { frameOverhead, frameType, protocolHeader, replyCode } from "../amqp-wire/constants.ts";
import { ContentTooLargeError, FrameError } from "../amqp-wire/errors.ts";
import { fieldText } from "../amqp-wire/field-table.ts";
import { FrameReader } from "../amqp-wire/frame-reader.ts";
import type { Method } from "../amqp-wire/methods.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { Access } from "./access.ts";
import { AlarmHold, isPublish } from "./alarm-hold.ts";
import { channelError, connectionError, ReplyError } from "./errors.ts";
import { capability, firstFrameMax, Handshake, type HandshakeHost, HandshakeRefused } from "./handshake.ts";
import { HeaderReader } from "./header-reader.ts";
import { type Heartbeating, startHeartbeat } from "./heartbeat.ts";
import type { ResolvedBrokerOptions } from "./options.ts";
import { readMethod } from "./read-method.ts";
import { Session, type SessionHost } from "./session.ts";
import { shortText } from "./short-text.ts";
import { SocketOutput } from "./socket-output.ts";

/** What a connection needs of the broker. */
export interface ConnectionHost extends HandshakeHost {
  /** Why publishers are held; undefined when they are not. */
  readonly alarm: string | undefined;
  readonly logger: Logger | undefined;
  /** It is over, whoever ended it. */
  ended(connection: ServerConnection): void;
}

type State = "header" | "handshake" | "open" | "closing" | "ended";

/** How long a client may take for its handshake, and for the last word of a close. */
const handshakeMs = 10_000;
const closeMs = 5000;

export class ServerConnection implements SessionHost, Heartbeating {
  readonly output: SocketOutput;
  /** The client's address; a socket that is closed does not know it any more. */
  readonly peer: string;
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #reader = new FrameReader(firstFrameMax + frameOverhead);
  readonly #handshake: Handshake;
  readonly #onFrame = (type: number, channel: number, payload: Buffer): void => this.#take(type, channel, payload);
  #state: State = "header";
  readonly #header = new HeaderReader();
  #session: Session | undefined;
  readonly #hold = new AlarmHold();
  #stopHeartbeat = (): void => {};
  #deadline: NodeJS.Timeout | undefined;

  constructor(host: ConnectionHost, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    this.peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#handshake = new Handshake(host);
    this.output = new SocketOutput(socket, () => this.#session?.resume());
    this.#within(handshakeMs);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    // What a dead socket says of itself changes nothing: "close" follows.
    socket.on("error", (error) => this.#note(messageOf(error)));
    socket.on("close", () => this.#end());
  }

  /** As the client calls itself; else its address. */
  get name(): string {
    return fieldText(this.#session?.agreement.clientProperties.get("connection_name")) ?? this.peer;
  }

  /** Undefined before the handshake is done, and after the end. */
  get session(): Session | undefined {
    return this.#state === "open" ? this.#session : undefined;
  }

  /** Held by an alarm. */
  get blocked(): boolean {
    return this.#hold.active;
  }

  get options(): ResolvedBrokerOptions {
    return this.#host.options;
  }

  get access(): Access {
    return this.#host.access;
  }

  get octetsRead(): number {
    return this.#socket.bytesRead;
  }

  get octetsWritten(): number {
    return this.output.written;
  }

  sendHeartbeat(): void {
    this.output.writer.heartbeat();
    this.output.flushSoon();
  }

  missed(): void {
    this.#note("missed heartbeats");
    this.#socket.destroy();
  }

  unblock(): void {
    if (!this.#hold.active) return;
    if (this.#listensToAlarms) this.#send({ name: "connection.unblocked" });
    for (const [type, channel, payload] of this.#hold.end()) this.#take(type, channel, payload);
    this.#socket.resume();
  }

  refused(channel: number, error: ReplyError): void {
    this.#note(`channel ${channel}: ${error.message}`);
  }

  failConnection(error: ReplyError, at = { classId: 0, methodId: 0 }): void {
    this.#note(error.message);
    this.#release();
    this.#state = "closing";
    this.#send({ name: "connection.close", replyCode: error.replyCode, replyText: shortText(error.message), ...at });
    // The answer must be heard, alarm or not.
    this.#socket.resume();
    this.#within(closeMs);
  }

  /** Ends it with a reason, as an operator does. */
  close(reason: string): void {
    if (this.#state === "open") this.failConnection(connectionError(replyCode.connectionForced, reason));
    else this.#socket.destroy();
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  get #listensToAlarms(): boolean {
    return this.#session !== undefined && capability(this.#session.agreement.clientProperties, "connection.blocked");
  }

  #receive(chunk: Buffer): void {
    try {
      const frames = this.#state === "header" ? this.#readHeader(chunk) : chunk;
      if (frames) this.#reader.push(frames, this.#onFrame);
    } catch (error) {
      this.#answer(error, 0);
      // Where one frame ends is not known any more, so no answer to a close can be read.
      this.output.flush();
      this.#socket.end();
    }
  }

  /** What follows the protocol header; undefined while it is not complete, or wrong. */
  #readHeader(chunk: Buffer): Buffer | undefined {
    const rest = this.#header.take(chunk);
    if (rest && "refused" in rest) {
      this.#host.logger?.warn(`embedded broker: refused ${this.peer}, which sent ${rest.refused}`);
      // AMQP 0-9-1, 4.2.2: the header that would have been right, then the end.
      this.#state = "closing";
      this.#reader.stop();
      this.#socket.end(protocolHeader);
      this.#within(closeMs);
      return undefined;
    }
    if (rest) {
      this.#state = "handshake";
      this.#send(this.#handshake.start);
    }
    return rest;
  }

  #take(type: number, number: number, payload: Buffer): void {
    try {
      if (this.#isHeld(type, payload)) this.#hold.keep(type, number, payload);
      else if (this.#state === "closing" || this.#state === "ended") this.#takeLast(type, number, payload);
      else if (type === frameType.heartbeat) this.#takeHeartbeat(number);
      else if (number === 0) this.#takeOwn(type, payload);
      else if (this.#session) this.#session.take(type, number, payload);
      else throw connectionError(replyCode.channelError, `a frame for channel ${number} before connection.open`);
    } catch (error) {
      this.#answer(error, number);
    }
  }

  /** An alarm holds a connection from its first publish on, with everything behind it. */
  #isHeld(type: number, payload: Buffer): boolean {
    if (this.#hold.active) return this.#state === "open";
    const { alarm } = this.#host;
    if (alarm === undefined || this.#state !== "open" || !isPublish(type, payload)) return false;
    this.#hold.begin();
    if (this.#listensToAlarms) this.#send({ name: "connection.blocked", reason: shortText(alarm) });
    this.#socket.pause();
    return true;
  }

  #takeHeartbeat(number: number): void {
    if (number !== 0) throw connectionError(replyCode.unexpectedFrame, `a heartbeat on channel ${number}`);
  }

  #takeOwn(type: number, payload: Buffer): void {
    if (type !== frameType.method) throw connectionError(replyCode.unexpectedFrame, "content on channel 0");
    const method = readMethod(payload);
    if (method.name === "connection.close") {
      // What channels still have to say comes before the last word.
      this.#release();
      this.#send({ name: "connection.close-ok" });
      this.#finish();
    } else if (this.#state === "handshake") this.#shakeHands(method);
    else if (method.name === "connection.update-secret") this.#send({ name: "connection.update-secret-ok" });
    else throw connectionError(replyCode.channelError, "unexpected method in connection state running");
  }

  #shakeHands(method: Method): void {
    const { reply, agreement, heartbeatSeconds } = this.#handshake.next(method);
    if (heartbeatSeconds !== undefined) this.#stopHeartbeat = startHeartbeat(this, heartbeatSeconds);
    if (agreement) {
      clearTimeout(this.#deadline);
      this.#session = new Session(this, agreement);
      this.#state = "open";
      // Some clients count the payload alone, and RabbitMQ lets them.
      this.#reader.maxFrameSize = agreement.frameMax + frameOverhead;
      this.output.writer.frameMax = agreement.frameMax;
      this.#note("is open");
    }
    if (reply) this.#send(reply);
  }

  /** After a close only its answer counts. */
  #takeLast(type: number, number: number, payload: Buffer): void {
    if (type !== frameType.method || number !== 0) return;
    const { name } = readMethod(payload);
    if (name === "connection.close") this.#send({ name: "connection.close-ok" });
    if (name === "connection.close" || name === "connection.close-ok") this.#finish();
  }

  #answer(error: unknown, number: number): void {
    // Whatever comes after a close may be garbled too; it is overlooked, and the close goes out.
    if (this.#state === "closing" || this.#state === "ended") return;
    if (error instanceof HandshakeRefused) this.#refuse(error);
    else {
      const reply = this.#replyTo(error);
      if (reply.scope === "channel") this.#session?.fail(number, reply);
      else this.failConnection(reply, this.#session?.methodAtWork(number));
    }
  }

  #replyTo(error: unknown): ReplyError {
    if (error instanceof ReplyError) return error;
    if (error instanceof ContentTooLargeError) return channelError(replyCode.preconditionFailed, error.message);
    if (error instanceof FrameError) return connectionError(error.replyCode, error.message);
    this.#host.logger?.error({ err: error }, `embedded broker, connection ${this.name}: a method failed`);
    return connectionError(replyCode.internalError, messageOf(error));
  }

  #refuse({ told, text }: HandshakeRefused): void {
    this.#note(text);
    if (told) this.failConnection(new ReplyError("connection", replyCode.accessRefused, text));
    else this.#finish();
  }

  #send(method: Method): void {
    this.output.writer.method(0, method);
    this.output.flushSoon();
  }

  #note(what: string): void {
    this.#host.logger?.debug(`embedded broker, connection ${this.name}: ${what}`);
  }

  /** Sends what is left, then ends. */
  #finish(): void {
    this.#release();
    this.#state = "closing";
    this.output.flush();
    this.#socket.end();
    this.#within(closeMs);
  }

  #within(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#socket.destroy(), ms).unref();
  }

  #release(): void {
    this.#stopHeartbeat();
    this.#session?.end();
    this.#hold.end();
  }

  #end(): void {
    if (this.#state === "ended") return;
    this.#release();
    this.#state = "ended";
    this.#reader.stop();
    clearTimeout(this.#deadline);
    this.#host.ended(this);
  }
}
