/** One web socket on the server's side: the handshake, what is sent and received, and the end. */
import type { Clock } from "../../../util/clock.ts";
import { createDeferred } from "../../../util/deferred.ts";
import { closedError, reasonOf } from "./closes.ts";
import { Inbox } from "./inbox.ts";
import type { ServerSocket } from "./server-socket.ts";
import type { WebSocketConnection, WebSocketData, WebSocketEnd, WebSocketMessage } from "./types.ts";

/** How long the client may take to answer a close, in milliseconds. */
const closingMs = 2000;

export interface ConnectionSettings {
  /** Completes the handshake, unless the connection has to end. @throws if it cannot be completed any more */
  accept(leaving: WebSocketEnd | undefined): ServerSocket;
  /** The most bytes that may wait for the client. */
  readonly maxBufferedBytes: number;
  readonly clock: Clock;
}

export class Connection implements WebSocketConnection {
  readonly startedAt: number = performance.now();
  /** How many messages were received and sent so far. */
  readonly counts: { received: number; sent: number } = { received: 0, sent: 0 };
  /** Why it ended without a close frame, for the log. */
  trouble: string | undefined;
  readonly #settings: ConnectionSettings;
  readonly #inbox: Inbox;
  readonly #ended = createDeferred<WebSocketEnd>();
  #socket: ServerSocket | undefined;
  /** How it has to end, as soon as its handler allows it. */
  #leaving: WebSocketEnd | undefined;
  #receiving = false;
  #handling = false;
  #heard = true;
  #cancelLimit: (() => void) | undefined;
  /** The rejections of sends that have not left the process. */
  readonly #sending = new Set<(reason: Error) => void>();

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#inbox = new Inbox({ pause: () => this.#socket?.pause(), resume: () => this.#socket?.resume() });
  }

  get protocol(): string {
    return this.#socket?.protocol ?? "";
  }

  get isOpen(): boolean {
    return this.#socket !== undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Whether the handshake was completed, even if the connection has ended since then. */
  get wasOpened(): boolean {
    return this.#socket !== undefined;
  }

  /** Whether the handler is connecting or has a message. */
  get isWorking(): boolean {
    return !this.wasOpened || this.#handling;
  }

  /** Resolves when the connection has ended. */
  get ended(): Promise<WebSocketEnd> {
    return this.#ended.promise;
  }

  /** Completes the handshake once. @throws what `accept` throws */
  open(): ServerSocket {
    if (this.#socket) return this.#socket;
    const socket = this.#settings.accept(this.#leaving);
    this.#socket = socket;
    const heard = (): void => {
      this.#heard = true;
    };
    socket.on("message", (bytes: Buffer, isBinary: boolean) => {
      heard();
      this.counts.received++;
      this.#inbox.add(isBinary ? bytes : bytes.toString());
    });
    socket.on("ping", heard);
    socket.on("pong", heard);
    // A frame that breaks the protocol, or a message above the limit: ws has already sent the close frame for it.
    socket.on("error", (error) => {
      this.trouble ??= error.message;
      this.#limitClosing(socket);
    });
    socket.on("close", (code, reason) => this.#end({ code, reason: reason.toString() }));
    return socket;
  }

  send(data: WebSocketData): Promise<void> {
    let bytes: string | Uint8Array | ArrayBuffer;
    try {
      bytes = encoded(data);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const sent = this.#send(bytes);
    // Without an await the rejection would be unhandled, and a disconnected client must not end the process.
    sent.catch(() => {});
    return sent;
  }

  async close(code = 1000, reason = ""): Promise<void> {
    if (!isCloseCode(code)) {
      throw new RangeError(
        `A web socket is closed with 1000 to 1003, 1007 to 1014 or 3000 to 4999, but ${String(code)} was given.`,
      );
    }
    const socket = this.open();
    socket.close(code, reasonOf(reason));
    this.#inbox.clear();
    // Reading must continue, so that the client's answer to the close is seen.
    socket.resume();
    this.#limitClosing(socket);
    await this.#ended.promise;
  }

  /** Calls `handle` with each message, one after another, until the connection has ended or has to end. */
  async receive(handle: (message: WebSocketMessage) => unknown): Promise<void> {
    this.#receiving = true;
    for (let message = await this.#next(); message !== undefined; message = await this.#next()) {
      this.#handling = true;
      await handle(message);
    }
    if (this.#leaving && this.isOpen) await this.close(this.#leaving.code, this.#leaving.reason);
  }

  /** Ends the connection after the received messages are handled. */
  leave(end: WebSocketEnd): void {
    if (this.#leaving) return;
    this.#leaving = end;
    if (!this.isOpen) return;
    if (this.#receiving) {
      this.#socket?.pause();
      this.#inbox.end();
    } else void this.close(end.code, end.reason);
  }

  /** Pings the client. Ends the connection if nothing has arrived since the last ping. */
  ping(): void {
    // While the connection is paused, nothing is read, so its silence does not count.
    if (this.#socket?.isPaused) this.#heard = true;
    if (!this.#heard) this.cut("the client does not answer");
    if (!this.isOpen) return;
    this.#heard = false;
    this.#socket?.ping();
  }

  /** Ends the connection at once, without waiting for the client. */
  cut(why: string): void {
    this.trouble ??= why;
    this.#socket?.terminate();
  }

  async #next(): Promise<WebSocketMessage | undefined> {
    this.#handling = false;
    return this.#inbox.take();
  }

  async #send(bytes: string | Uint8Array | ArrayBuffer): Promise<void> {
    const socket = this.open();
    if (!this.isOpen) throw closedError();
    if (socket.bufferedAmount > this.#settings.maxBufferedBytes) {
      this.cut(`the client reads too slowly: ${socket.bufferedAmount} bytes wait for it`);
      throw closedError();
    }
    this.counts.sent++;
    await new Promise<void>((resolve, reject) => {
      this.#sending.add(reject);
      socket.send(bytes, (error) => {
        this.#sending.delete(reject);
        if (error) reject(closedError(error));
        else resolve();
      });
    });
  }

  #limitClosing(socket: ServerSocket): void {
    this.#cancelLimit ??= this.#settings.clock.after(closingMs, () => socket.terminate());
  }

  #end(end: WebSocketEnd): void {
    this.#cancelLimit?.();
    this.#inbox.end();
    for (const reject of this.#sending) reject(closedError());
    this.#ended.resolve(end);
  }
}

/** @throws TypeError for data that JSON cannot express */
function encoded(data: WebSocketData): string | Uint8Array | ArrayBuffer {
  if (typeof data === "string" || data instanceof Uint8Array || data instanceof ArrayBuffer) return data;
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) throw new TypeError(`A ${typeof data} cannot be sent: it is not text, bytes or JSON.`);
  return text;
}

/** Whether a close frame may have this code. */
function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006));
}
