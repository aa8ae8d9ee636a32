/** Frames that are written to the socket: what one turn of the event loop writes is sent together, with one system call. */
import { FrameWriter } from "../../amqp-wire/frame-writer.ts";
import type { SessionSocket } from "./socket.ts";

/** Bytes that are sent at once, without waiting for the end of the turn. */
const flushAtOnce = 65_536;

export class SessionOutput {
  readonly writer: FrameWriter = new FrameWriter();
  readonly #socket: SessionSocket;
  #scheduled = false;
  #isFull = false;
  #wrote = false;

  constructor(socket: SessionSocket) {
    this.#socket = socket;
  }

  /** The socket accepts more. A publisher that continues anyway fills the memory. */
  get writable(): boolean {
    return !this.#isFull;
  }

  /** Something was sent since the last call. */
  takeWrote(): boolean {
    const wrote = this.#wrote;
    this.#wrote = false;
    return wrote;
  }

  /** Something was written to `writer`: it leaves at the end of the turn. */
  written(): void {
    if (this.writer.size >= flushAtOnce) {
      this.flush();
      return;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flushScheduled);
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    if (this.writer.size === 0) return;
    this.#wrote = true;
    if (!this.#socket.write(this.writer.take())) this.#isFull = true;
  }

  drained(): void {
    this.#isFull = false;
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false;
    this.flush();
  };
}
