/** Publishes that reached no queue: one warning for each key, so that a log is not flooded. */
import type { Logger } from "../../../log/logger.ts";
import { cutText } from "../../../util/cut-text.ts";
import { printable } from "../../../util/printable.ts";

const mostKeys = 1000;
/** A longer key is shortened in the sentence; the field of the line has all of it. */
const shownBytes = 100;

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
      `${shownKey(routingKey)} reached no queue and is lost: no queue is bound for its routing key (logged once per key; mandatory: true makes it an error)`,
    );
  }
}

/** Keys may come from other systems, and the line may be on a terminal. */
function shownKey(routingKey: string): string {
  const cut = cutText(routingKey, shownBytes);
  return `"${printable(cut)}${cut === routingKey ? "" : "..."}"`;
}
