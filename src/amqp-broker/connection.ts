/** One connection: the protocol header, the handshake, what is answered to errors, and the end. */
import type { Socket } from "node:net";
import { frameType, protocolHeader, replyCode } from "../amqp-wire/constants.ts";
import type { Method } from "../amqp-wire/methods.ts";
import type { Logger } from "../log/logger.ts";
import { AlarmHold, isPublish } from "./alarm-hold.ts";
import { ClientSocket, type ClientSocketHost } from "./client-socket.ts";
import { replyTo } from "./error-replies.ts";
import { connectionError, ReplyError } from "./errors.ts";
import { capability, clientNameIn, HandshakeRefused, ServerHandshake, type ServerHandshakeHost } from "./handshake.ts";
import { HeaderReader } from "./header-reader.ts";
import { readMethod } from "./read-method.ts";
import { ServerSession, type ServerSessionHost } from "./session.ts";
import { shortText } from "./short-text.ts";

/** What a connection needs of the broker. */
export interface ConnectionHost extends ServerHandshakeHost {
  /** Why publishers are held; undefined when they are not. */
  readonly alarm: string | undefined;
  readonly logger: Logger | undefined;
  /** It has ended, by either side. */
  ended(connection: ServerConnection): void;
}

type State = "header" | "handshake" | "open" | "closing" | "ended";

/** How long a client may take for its handshake, and for the answer to a close. */
const handshakeMs = 10_000;
const closeMs = 5000;

export class ServerConnection implements ServerSessionHost, ClientSocketHost {
  readonly broker: ConnectionHost;
  readonly socket: ClientSocket;
  readonly #handshake: ServerHandshake;
  readonly #onFrame = (type: number, channel: number, payload: Buffer): void => this.#take(type, channel, payload);
  #state: State = "header";
  readonly #header = new HeaderReader();
  #session: ServerSession | undefined;
  readonly #hold = new AlarmHold();

  constructor(host: ConnectionHost, socket: Socket) {
    this.broker = host;
    this.#handshake = new ServerHandshake(host);
    this.socket = new ClientSocket(this, socket);
    this.socket.within(handshakeMs);
  }

  /** As the client calls itself; else its address. */
  get name(): string {
    const { agreement } = this.#session ?? {};
    return (agreement && clientNameIn(agreement.clientProperties)) ?? this.socket.peer;
  }

  /** Undefined before the handshake is done, and after the end. */
  get session(): ServerSession | undefined {
    return this.#state === "open" ? this.#session : undefined;
  }

  /** Held by an alarm. */
  get blocked(): boolean {
    return this.#hold.active;
  }

  unblock(): void {
    if (!this.#hold.active) return;
    if (this.#listensToAlarms) this.socket.send({ name: "connection.unblocked" });
    for (const [type, channel, payload] of this.#hold.end()) this.#take(type, channel, payload);
    this.socket.resume();
  }

  refused(channel: number, error: ReplyError): void {
    this.note(`channel ${channel}: ${error.message}`);
  }

  failConnection(error: ReplyError, at = { classId: 0, methodId: 0 }): void {
    this.note(error.message);
    this.#release();
    this.#state = "closing";
    this.socket.send({
      name: "connection.close",
      replyCode: error.replyCode,
      replyText: shortText(error.message),
      ...at,
    });
    // The answer must be heard, alarm or not.
    this.socket.resume();
    this.socket.within(closeMs);
  }

  /** Ends it with a reason, as an operator does. */
  close(reason: string): void {
    if (this.#state === "open") this.failConnection(connectionError(replyCode.connectionForced, reason));
    else this.socket.destroy();
  }

  /** Ends it without connection.close. */
  destroy(): void {
    this.socket.destroy();
  }

  get #listensToAlarms(): boolean {
    return this.#session !== undefined && capability(this.#session.agreement.clientProperties, "connection.blocked");
  }

  // What the socket needs of its connection.

  receive(chunk: Buffer): void {
    try {
      const frames = this.#state === "header" ? this.#readHeader(chunk) : chunk;
      if (frames) this.socket.read(frames, this.#onFrame);
    } catch (error) {
      this.#answer(error, 0);
      // Where one frame ends is not known any more, so no answer to a close can be read.
      this.socket.end();
    }
  }

  resume(): void {
    this.#session?.resume();
  }

  note(what: string): void {
    this.broker.logger?.debug(`embedded broker, connection ${this.name}: ${what}`);
  }

  ended(): void {
    if (this.#state === "ended") return;
    this.#release();
    this.#state = "ended";
    this.socket.stopReading();
    this.socket.clearDeadline();
    this.broker.ended(this);
  }

  /** What follows the protocol header; undefined while it is not complete, or wrong. */
  #readHeader(chunk: Buffer): Buffer | undefined {
    const rest = this.#header.take(chunk);
    if (rest && "refused" in rest) {
      this.broker.logger?.warn(
        `embedded broker: rejected the connection of ${this.socket.peer}, which sent ${rest.refused}`,
      );
      // AMQP 0-9-1, 4.2.2: the header that would have been right, then the end.
      this.#state = "closing";
      this.socket.stopReading();
      this.socket.end(protocolHeader);
      this.socket.within(closeMs);
      return undefined;
    }
    if (rest) {
      this.#state = "handshake";
      this.socket.send(this.#handshake.start);
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
    const { alarm } = this.broker;
    if (alarm === undefined || this.#state !== "open" || !isPublish(type, payload)) return false;
    this.#hold.begin();
    if (this.#listensToAlarms) this.socket.send({ name: "connection.blocked", reason: shortText(alarm) });
    this.socket.pause();
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
      this.socket.send({ name: "connection.close-ok" });
      this.#finish();
    } else if (this.#state === "handshake") this.#shakeHands(method);
    else if (method.name === "connection.update-secret") this.socket.send({ name: "connection.update-secret-ok" });
    else throw connectionError(replyCode.channelError, "unexpected method in connection state running");
  }

  #shakeHands(method: Method): void {
    const { reply, agreement, heartbeatSeconds } = this.#handshake.next(method);
    if (heartbeatSeconds !== undefined) this.socket.startHeartbeat(heartbeatSeconds);
    if (agreement) {
      this.socket.clearDeadline();
      this.#session = new ServerSession(this, agreement);
      this.#state = "open";
      this.socket.agree(agreement.frameMax);
      this.note("is open");
    }
    if (reply) this.socket.send(reply);
  }

  /** After a close only its answer counts. */
  #takeLast(type: number, number: number, payload: Buffer): void {
    if (type !== frameType.method || number !== 0) return;
    const { name } = readMethod(payload);
    if (name === "connection.close") this.socket.send({ name: "connection.close-ok" });
    if (name === "connection.close" || name === "connection.close-ok") this.#finish();
  }

  #answer(error: unknown, number: number): void {
    // Frames after a close may be malformed too; they are ignored, and the close is sent.
    if (this.#state === "closing" || this.#state === "ended") return;
    if (error instanceof HandshakeRefused) this.#refuse(error);
    else {
      const reply = replyTo(error, (unexpected) => this.#logUnexpected(unexpected));
      if (reply.scope === "channel") this.#session?.fail(number, reply);
      else this.failConnection(reply, this.#session?.methodAtWork(number));
    }
  }

  #logUnexpected(error: unknown): void {
    this.broker.logger?.error({ err: error }, `embedded broker, connection ${this.name}: a method failed`);
  }

  #refuse({ told, text }: HandshakeRefused): void {
    this.note(text);
    if (told) this.failConnection(new ReplyError("connection", replyCode.accessRefused, text));
    else this.#finish();
  }

  /** Sends what is left, then ends. */
  #finish(): void {
    this.#release();
    this.#state = "closing";
    this.socket.end();
    this.socket.within(closeMs);
  }

  #release(): void {
    this.socket.stopHeartbeat();
    this.#session?.end();
    this.#hold.end();
  }
}
