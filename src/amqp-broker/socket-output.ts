/** The output of a socket: collected during a turn, written at its end, held back while the client reads too slowly. */
import { FrameWriter } from "../amqp-wire/frame-writer.ts";

/** What is needed of a socket. */
export interface OutputSocket {
  readonly writable: boolean;
  /** Bytes that the system has not taken yet. */
  readonly writableLength: number;
  write(part: Buffer): boolean;
  cork(): void;
  uncork(): void;
  on(event: "drain", listener: () => void): unknown;
}

/** Bytes that may wait in this process for a client: beyond it its deliveries stay in their queues. */
const mostWaiting = 512 * 1024;

export class SocketOutput {
  readonly writer: FrameWriter = new FrameWriter();
  readonly #socket: OutputSocket;
  /** The client takes more again. */
  readonly #resume: () => void;
  readonly #flush = (): void => this.flush();
  #scheduled = false;
  #congested = false;
  /** A sender has to wait. */
  #refused = false;
  #before: (() => void)[] = [];
  #written = 0;

  constructor(socket: OutputSocket, resume: () => void) {
    this.#socket = socket;
    this.#resume = resume;
    socket.on("drain", () => this.#drained());
  }

  get canSend(): boolean {
    if (!this.#congested && this.writer.size < mostWaiting) return true;
    this.#refused = true;
    return false;
  }

  /** Bytes since the start. */
  get written(): number {
    return this.#written;
  }

  beforeFlush(add: () => void): void {
    this.#before.push(add);
    this.flushSoon();
  }

  flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#flush);
  }

  flush(): void {
    this.#scheduled = false;
    const before = this.#before;
    if (before.length > 0) {
      this.#before = [];
      for (const add of before) add();
    }
    const { size } = this.writer;
    if (size === 0) return;
    this.#written += size;
    const parts = this.writer.take();
    if (!this.#socket.writable) return;
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    if (parts.length > 1) this.#socket.uncork();
    this.#congested = this.#socket.writableLength > mostWaiting;
    if (!this.#congested && this.#refused) setImmediate(() => this.#drained());
  }

  #drained(): void {
    this.#congested = false;
    if (!this.#refused) return;
    this.#refused = false;
    this.#resume();
  }
}
