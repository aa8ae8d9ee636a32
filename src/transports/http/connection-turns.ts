/**
 * Requests that a client sends on one connection without waiting for answers (pipelining; RFC 9112, 9.3.2). Only a few of them run at the
 * same time: their answers have to leave in order, so all of them would wait in memory for a client that does not read the first one.
 */
import { AsyncResource } from "node:async_hooks";
import type { IncomingMessage } from "node:http";

const mostAtOnce = 16;

/** The key under which a socket keeps its turns. */
const turnsOf: unique symbol = Symbol("tomodachi.turns");

/** A request that waits for its turn. */
export interface TurnTaker {
  turns: ConnectionTurns | undefined;
  /** Whether the client is still connected, and nothing was answered yet. */
  readonly isAnswerable: boolean;
}

export class ConnectionTurns {
  readonly #waiting: { readonly taker: TurnTaker; readonly begin: () => void }[] = [];
  #running = 0;

  static of({ socket }: IncomingMessage): ConnectionTurns {
    const carrier = socket as IncomingMessage["socket"] & { [turnsOf]?: ConnectionTurns };
    carrier[turnsOf] ??= new ConnectionTurns();
    return carrier[turnsOf];
  }

  /** Calls `begin` at once, or when enough of the earlier requests have ended. It is never called for a disconnected client. */
  take(taker: TurnTaker, begin: () => void): void {
    if (this.#running < mostAtOnce) this.#begin(taker, begin);
    // Keeps this request's own trace and context, because it begins when another request ends.
    else this.#waiting.push({ taker, begin: AsyncResource.bind(begin) });
  }

  /** A running request was answered, or its client disconnected. */
  ended(): void {
    this.#running--;
    while (this.#running < mostAtOnce) {
      const next = this.#waiting.shift();
      if (!next) return;
      if (next.taker.isAnswerable) this.#begin(next.taker, next.begin);
    }
  }

  #begin(taker: TurnTaker, begin: () => void): void {
    this.#running++;
    taker.turns = this;
    begin();
  }
}
