/** The web sockets of one service: a stop ends them. */
import type { Duplex } from "node:stream";
import { aborted } from "../../../util/wait.ts";
import { atMost } from "../../../util/within.ts";
import { goingAway } from "./closes.ts";
import type { Connection } from "./connection.ts";

/** How long clients may take to answer the close when the time of a stop is over, in milliseconds. */
const lastAnswersMs = 200;

export class Connections {
  readonly #all = new Map<Connection, Duplex>();
  #stopping = false;

  /** How many connections have a handler that is doing something. */
  get working(): number {
    return [...this.#all.keys()].filter(({ isWorking }) => isWorking).length;
  }

  /** Keeps the connection until its handler has ended. */
  add(connection: Connection, socket: Duplex): void {
    this.#all.set(connection, socket);
    if (this.#stopping) connection.leave(goingAway);
  }

  delete(connection: Connection): void {
    this.#all.delete(connection);
  }

  /** Whether a web socket uses this socket. */
  has(socket: Duplex): boolean {
    return [...this.#all.values()].includes(socket);
  }

  /** Closes every connection with "going away" after its last message is handled. Resolves when all have ended. */
  async end(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    const opened = [...this.#all.keys()].filter(({ wasOpened }) => wasOpened);
    for (const connection of this.#all.keys()) connection.leave(goingAway);
    if (opened.length === 0) return;
    const ended = Promise.all(opened.map((connection) => connection.ended));
    await Promise.race([ended, aborted(signal)]);
    if (!signal.aborted) return;
    for (const one of opened) if (one.isOpen) void one.close(goingAway.code, goingAway.reason);
    await atMost(ended, lastAnswersMs);
    for (const connection of opened) connection.cut("the service has stopped");
  }
}
