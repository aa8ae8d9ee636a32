/** How many connections a server has at once. A new one takes the place of the one that was silent for longest. */
import type { Socket } from "node:net";

export class ConnectionLimit {
  readonly #most: number;
  /** The one that was silent for longest comes first. */
  readonly #sockets = new Set<Socket>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Closes another connection where there are too many. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const [oldest] = this.#sockets;
    if (this.#sockets.size <= this.#most || !oldest) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
  }

  /** A whole request came on it. */
  used(socket: Socket): void {
    if (this.#sockets.delete(socket)) this.#sockets.add(socket);
  }
}
