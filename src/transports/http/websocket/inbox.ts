/** Received messages that wait for their handler. If too many wait, no more are read from the connection. */
import type { WebSocketMessage } from "./types.ts";

/** Above this many bytes the connection is paused. A single message may be longer. */
const mostBytes = 64 * 1024;
/** The same for the number of messages, because very short messages also cost memory. */
const mostMessages = 100;

/** The connection that the messages come from. */
export interface Source {
  pause(): void;
  resume(): void;
}

export class Inbox {
  readonly #source: Source;
  readonly #waiting: WebSocketMessage[] = [];
  #bytes = 0;
  #paused = false;
  #ended = false;
  #taker: ((message: WebSocketMessage | undefined) => void) | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  add(message: WebSocketMessage): void {
    if (this.#ended) return;
    if (this.#taker) {
      this.#give(message);
      return;
    }
    this.#waiting.push(message);
    this.#bytes += message.length;
    if (this.#paused || (this.#bytes < mostBytes && this.#waiting.length < mostMessages)) return;
    this.#paused = true;
    this.#source.pause();
  }

  /** Resolves with the next message, and with undefined after the last one. */
  take(): Promise<WebSocketMessage | undefined> {
    const message = this.#waiting.shift();
    if (message === undefined) {
      this.#resume();
      return this.#ended ? Promise.resolve(undefined) : new Promise((resolve) => (this.#taker = resolve));
    }
    this.#bytes -= message.length;
    return Promise.resolve(message);
  }

  /** No more messages come. Those that wait are still returned. */
  end(): void {
    this.#ended = true;
    if (this.#taker) this.#give(undefined);
  }

  /** No more messages are returned, not even those that wait. */
  clear(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
    this.end();
  }

  #give(message: WebSocketMessage | undefined): void {
    const taker = this.#taker;
    this.#taker = undefined;
    taker?.(message);
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#source.resume();
  }
}
