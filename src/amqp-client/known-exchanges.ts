/** Which exchanges are known to exist: a publish to another asks first, so that a missing one costs its own publishes only. */
import type { AmqpConnection } from "./connection.ts";
import { replyOf } from "./errors.ts";
import { missingExchange } from "./publish-errors.ts";
import { checkExchange } from "./topology.ts";

export class KnownExchanges {
  readonly #connection: AmqpConnection;
  readonly #onChecked: () => void;
  readonly #known = new Set<string>();
  readonly #checks = new Map<string, Promise<void>>();

  /** `onChecked` is called after each answer, when those that waited for it have gone on. */
  constructor(connection: AmqpConnection, onChecked: () => void) {
    this.#connection = connection;
    this.#onChecked = onChecked;
  }

  get checking(): boolean {
    return this.#checks.size > 0;
  }

  add(name: string): void {
    this.#known.add(name);
  }

  delete(name: string): void {
    this.#known.delete(name);
  }

  /** While there is no connection nothing is asked: the broker's answer to the publish itself will tell. */
  has(name: string): boolean {
    if (name === "" || this.#known.has(name) || name.startsWith("amq.")) return true;
    return this.#connection.state !== "connected";
  }

  /** Asks once for all who want to know at the same time, on a throw-away channel. Rejects when there is no such exchange. */
  check(name: string): Promise<void> {
    let check = this.#checks.get(name);
    if (!check) {
      check = this.#ask(name).finally(() => {
        this.#checks.delete(name);
        setImmediate(this.#onChecked);
      });
      this.#checks.set(name, check);
    }
    return check;
  }

  async #ask(name: string): Promise<void> {
    try {
      await checkExchange(this.#connection, name);
      this.#known.add(name);
    } catch (error) {
      const reply = replyOf((error as { cause?: unknown }).cause ?? error);
      // Anything else is trouble of the connection, which the publish itself will meet and wait for.
      if (reply.replyCode === 404 || reply.replyCode === 403) throw missingExchange(name, reply, error);
    }
  }
}
