/** One connection through a fault proxy: the socket of the client, the socket of the broker, and a pipe in each direction. */
import type { Duplex } from "node:stream";
import type { Direction, FaultConditions } from "./fault-conditions.ts";
import { FaultPipe } from "./fault-pipe.ts";
import { seededRandom } from "./random.ts";

/** A TCP socket that may be half-open. */
export interface LinkSocket extends Duplex {
  resetAndDestroy(): unknown;
}

export interface FaultLinkSettings {
  readonly client: LinkSocket;
  readonly broker: LinkSocket;
  readonly conditions: FaultConditions;
  /** Decides where the stream is split in each direction. */
  readonly seed: number;
}

export class FaultLink {
  readonly #settings: FaultLinkSettings;
  readonly #over = new AbortController();
  #closed = 0;
  #frozen: Promise<never> | undefined;

  constructor(settings: FaultLinkSettings) {
    this.#settings = settings;
    const { client, broker, seed } = settings;
    client.once("close", (broken: boolean) => this.#sideClosed(broker, broken));
    broker.once("close", (broken: boolean) => this.#sideClosed(client, broken));
    this.#pipe("toBroker", client, broker, seed);
    this.#pipe("toClient", broker, client, seed + 1);
  }

  /** Aborts when both sockets are closed. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Closes both sides at once: with a reset, or with an orderly end. */
  cut(reset: boolean): void {
    const { client, broker } = this.#settings;
    for (const socket of [client, broker]) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
    this.#over.abort();
  }

  /** Passes on nothing any more, not even an end of the stream. Only `cut` ends it. */
  freeze(): void {
    this.#frozen ??= new Promise(() => {});
  }

  #pipe(direction: Direction, from: Duplex, to: Duplex, seed: number): void {
    const { conditions } = this.#settings;
    const pipe = new FaultPipe({
      from,
      to,
      direction,
      conditions,
      random: seededRandom(seed),
      signal: this.over,
      frozen: () => this.#frozen,
      cut: ({ reset }) => this.cut(reset),
    });
    void pipe.run();
  }

  /** After an orderly end, the pipes have passed on both ends. A broken side also closes the other side. */
  #sideClosed(other: LinkSocket, broken: boolean): void {
    if (this.#frozen) return;
    this.#closed++;
    if (broken) other.resetAndDestroy();
    if (broken || this.#closed === 2) this.#over.abort();
  }
}
