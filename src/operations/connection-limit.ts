/** How many connections a server has at once. A new one replaces the one that was idle for longest. */

/** What is used of a socket. */
interface Connection {
  once(event: "close", listener: () => void): unknown;
  destroy(): unknown;
}

export class ConnectionLimit {
  readonly #most: number;
  /** The one that was silent for longest comes first. */
  readonly #sockets = new Set<Connection>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Closes another connection where there are too many. */
  add(socket: Connection): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const [oldest] = this.#sockets;
    if (this.#sockets.size <= this.#most || !oldest) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
  }

  /** A whole request came on it. */
  used(socket: Connection): void {
    if (this.#sockets.delete(socket)) this.#sockets.add(socket);
  }
}
