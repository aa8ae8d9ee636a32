/**
 * Requests that a client sends on one connection without waiting for answers (pipelining; RFC 9112, 9.3.2). Few of them run at once:
 * their answers have to leave in order, so all of them would wait in memory for a client that does not read the first.
 */
import { AsyncResource } from "node:async_hooks";
import type { IncomingMessage } from "node:http";

const mostAtOnce = 16;

/** Where a connection carries its own. */
const turnsOf: unique symbol = Symbol("tomodachi.turns");

/** A request that may wait. */
export interface TurnTaker {
  turns: ConnectionTurns | undefined;
  /** The client is there, and nothing was answered yet. */
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

  /** Calls `begin` at once, or when enough of the requests before have ended; never for a disconnected client. */
  take(taker: TurnTaker, begin: () => void): void {
    if (this.#running < mostAtOnce) this.#begin(taker, begin);
    // The trace and the context of the request that ends before are not those of this one.
    else this.#waiting.push({ taker, begin: AsyncResource.bind(begin) });
  }

  /** A started request has its answer, or its client is disconnected. */
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
