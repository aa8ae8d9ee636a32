/** Messages that came and wait for their handler. When too many wait, no more are read from the connection. */
import type { WebSocketMessage } from "./types.ts";

/** Above this the connection is paused, in bytes; a single message may be longer. */
const mostBytes = 64 * 1024;
/** The same in messages: very short ones cost memory too. */
const mostMessages = 100;

/** Where the messages come from. */
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

  /** Resolves with the next message; with undefined after the last. */
  take(): Promise<WebSocketMessage | undefined> {
    const message = this.#waiting.shift();
    if (message === undefined) {
      this.#resume();
      return this.#ended ? Promise.resolve(undefined) : new Promise((resolve) => (this.#taker = resolve));
    }
    this.#bytes -= message.length;
    return Promise.resolve(message);
  }

  /** No more come; those that wait are still given. */
  end(): void {
    this.#ended = true;
    if (this.#taker) this.#give(undefined);
  }

  /** No more are given, either. */
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
