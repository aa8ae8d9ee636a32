/** Pings the web sockets of one handler. A client that does not answer is disconnected. */
import type { Clock } from "../../../util/clock.ts";
import type { Connection } from "./connection.ts";

export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #connections = new Set<Connection>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
    if (!this.#cancel) this.#arm();
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    this.#cancel = this.#clock.after(this.#intervalMs, () => {
      this.#arm();
      for (const connection of this.#connections) connection.ping();
    });
  }
}
