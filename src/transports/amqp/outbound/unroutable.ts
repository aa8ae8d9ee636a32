/** Publishes that reached no queue: one warning for each key, so that a log is not flooded. */
import type { Logger } from "../../../log/logger.ts";

const mostKeys = 1000;

export class Unroutable {
  readonly #logger: Logger;
  readonly #warned = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  warn(exchange: string, routingKey: string): void {
    const key = `${exchange}\n${routingKey}`;
    if (this.#warned.has(key) || this.#warned.size >= mostKeys) return;
    this.#warned.add(key);
    this.#logger.warn(
      { exchange, routingKey },
      "a message reached no queue and is lost: no queue is bound for its routing key (logged once per key; mandatory: true makes it an error)",
    );
  }
}
