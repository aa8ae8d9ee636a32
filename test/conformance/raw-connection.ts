// A socket that speaks AMQP by hand: it sends what no client would, and shows each frame that comes back.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ReplyError } from "./conformance-case.ts";
import {
  bodyFrame,
  type Fields,
  headerFrame,
  methodFrame,
  protocolHeader,
  type RawFrame,
  type RawMethodName,
  readFrame,
} from "./raw-codec.ts";

const answerTimeoutMs = 20_000;
const frameEnd = 0xce;

export interface Tuning {
  readonly channelMax?: number;
  readonly frameMax?: number;
  /** Seconds. */
  readonly heartbeat?: number;
}

export interface OpenOptions extends Tuning {
  readonly capabilities?: Fields;
}

export interface RawMessage {
  readonly method: Fields;
  readonly properties: Fields;
  readonly body: Buffer;
}

/** One socket. It answers nothing automatically, not even connection.close. */
export class RawConnection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #url: URL;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket, url: URL) {
    this.#socket = socket;
    this.#url = url;
    socket.on("data", (chunk) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on("end", end);
    socket.on("close", end);
    socket.on("error", end);
  }

  /** Connects a socket; not a byte has been sent. */
  static async connect(url: string): Promise<RawConnection> {
    const parsed = new URL(url);
    const socket = connect({ host: parsed.hostname, port: Number(parsed.port), noDelay: true });
    await once(socket, "connect");
    return new RawConnection(socket, parsed);
  }

  /** Connects, logs in as the URL says and opens its virtual host. */
  static async open(url: string, options: OpenOptions = {}): Promise<RawConnection> {
    const raw = await RawConnection.connect(url);
    await raw.login(options.capabilities);
    await raw.tune(options);
    return raw;
  }

  /** Sends the header and start-ok; resolves with the fields of connection.start. */
  async login(capabilities: Fields = {}, credentials = this.plainResponse()): Promise<Fields> {
    this.send(protocolHeader);
    const start = await this.expect("ConnectionStart");
    this.method(0, "ConnectionStartOk", {
      clientProperties: { product: "conformance", capabilities },
      mechanism: "PLAIN",
      response: credentials,
      locale: "en_US",
    });
    return start;
  }

  /** Agrees to what the broker offers, where `tuning` says nothing else, and opens; resolves with what was offered. */
  async tune(tuning: Tuning = {}, virtualHost = decodeURIComponent(this.#url.pathname.slice(1))): Promise<Fields> {
    const offered = await this.expect("ConnectionTune");
    this.method(0, "ConnectionTuneOk", { ...offered, heartbeat: 0, ...tuning });
    this.method(0, "ConnectionOpen", { virtualHost });
    await this.expect("ConnectionOpenOk");
    return offered;
  }

  /** In the form of PLAIN; the URL's user by default. */
  plainResponse(user = this.#url.username, password = this.#url.password): Buffer {
    return Buffer.from(`\0${decodeURIComponent(user)}\0${decodeURIComponent(password)}`);
  }

  send(...chunks: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(chunks));
  }

  /** Resolves when the bytes have left, or never will. */
  sendSlowly(chunk: Buffer): Promise<void> {
    return new Promise((resolve) => void this.#socket.write(chunk, () => resolve()));
  }

  method(channel: number, name: RawMethodName, fields: Fields = {}): void {
    this.send(methodFrame(channel, name, fields));
  }

  /** Sends a method and resolves with the fields of the answer, which must be the one named. */
  async call(channel: number, name: RawMethodName, fields: Fields = {}, answer = `${name}Ok`): Promise<Fields> {
    this.method(channel, name, fields);
    return this.expect(answer, channel);
  }

  async openChannel(channel: number): Promise<void> {
    await this.call(channel, "ChannelOpen");
  }

  /** A whole message; a body longer than `pieceSize` goes in several frames. */
  publish(channel: number, fields: Fields, properties: Fields = {}, body = "", pieceSize = 4000): void {
    const bytes = Buffer.from(body);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += pieceSize) {
      pieces.push(bodyFrame(channel, bytes.subarray(at, at + pieceSize)));
    }
    const method = methodFrame(channel, "BasicPublish", { exchange: "", routingKey: "", ...fields });
    this.send(method, headerFrame(channel, bytes.length, properties), ...pieces);
  }

  /** The next frame, heartbeats left out; undefined when the broker has closed the socket. */
  async next(): Promise<RawFrame | undefined> {
    for (;;) {
      const next = await this.nextOfAll();
      if (next?.kind !== "heartbeat") return next;
    }
  }

  /** The next frame, whichever it is. */
  async nextOfAll(): Promise<RawFrame | undefined> {
    await this.#when(() => this.#ended || this.#frameLength() !== undefined, "a frame");
    const length = this.#frameLength();
    if (length === undefined) return undefined;
    if (this.#bytes[length - 1] !== frameEnd) throw new Error("A frame came without its end.");
    const whole = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return readFrame(whole.readUInt8(0), whole.readUInt16BE(1), whole.subarray(7, -1));
  }

  /** The fields of the next frame, which must be this method. */
  async expect(name: RawMethodName, channel = 0): Promise<Fields> {
    const next = await this.next();
    if (next?.kind === "method" && next.name === name && next.channel === channel) return next.fields;
    throw new Error(`Expected ${name} on channel ${channel}; got ${describeFrame(next)}.`);
  }

  /** The next message, which must come with this method. */
  async message(name: "BasicDeliver" | "BasicReturn" | "BasicGetOk", channel: number): Promise<RawMessage> {
    const method = await this.expect(name, channel);
    const header = await this.next();
    if (header?.kind !== "header") throw new Error(`Expected a header; got ${describeFrame(header)}.`);
    const pieces: Buffer[] = [];
    for (let size = 0; size < header.bodySize; ) {
      const piece = await this.next();
      if (piece?.kind !== "body") throw new Error(`Expected a body; got ${describeFrame(piece)}.`);
      pieces.push(piece.body);
      size += piece.body.length;
    }
    return { method, properties: header.properties, body: Buffer.concat(pieces) };
  }

  /** The close that comes next, answered. */
  async refusal(scope: ReplyError["scope"], channel = scope === "connection" ? 0 : 1): Promise<ReplyError> {
    const close = scope === "connection" ? "ConnectionClose" : "ChannelClose";
    const { replyCode, replyText } = await this.expect(close, channel);
    this.method(channel, `${close}Ok`);
    return { scope, code: replyCode as number, text: replyText as string };
  }

  /** Resolves once the broker has closed the socket; rejects when a whole frame came instead. */
  async dropped(): Promise<void> {
    const next = await this.next();
    if (next) throw new Error(`Expected the end of the connection; got ${describeFrame(next)}.`);
  }

  /** All bytes that came and were not read as frames, once the broker has closed the socket. */
  async rest(): Promise<Buffer> {
    await this.#when(() => this.#ended, "the end of the connection");
    return this.#bytes;
  }

  /** Ends the socket at once, without a word of AMQP. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#socket.destroy();
    await once(this.#socket, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Of the frame at the front, whole; undefined as long as a part is missing. */
  #frameLength(): number | undefined {
    if (this.#bytes.length < 8) return undefined;
    const length = this.#bytes.readUInt32BE(3) + 8;
    return this.#bytes.length < length ? undefined : length;
  }

  async #when(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + answerTimeoutMs;
    while (!condition()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`Waited ${answerTimeoutMs} ms for ${what}.`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function describeFrame(frame: RawFrame | undefined): string {
  if (!frame) return "the end of the connection";
  const what = frame.kind === "method" ? `${frame.name} ${JSON.stringify(frame.fields)}` : frame.kind;
  return `${what} on channel ${frame.channel}`;
}
