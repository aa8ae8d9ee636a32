/**
 * Which exchanges took a request before. A broker closes the channel for a publish that it does not allow (an internal exchange, a
 * missing permission, more bytes than its max_message_size), and with the channel the replies to all other requests are lost. An
 * exchange that confirmed a request once is unlikely to refuse one later.
 */
import type { OutgoingMessage } from "./outgoing-message.ts";

/** The number of exchanges that are remembered. */
const mostProven = 1000;
/** A broker's limit on the size of messages is never below this; RabbitMQ's own default is 16 MiB. */
const harmlessBytes = 64 * 1024;

export class ProvenExchanges {
  /** The largest message that was confirmed, by exchange. */
  readonly #largest = new Map<string, number>();

  has({ exchange, content }: Pick<OutgoingMessage, "exchange" | "content">): boolean {
    const largest = this.#largest.get(exchange);
    return largest !== undefined && content.length <= Math.max(largest, harmlessBytes);
  }

  /** The broker confirmed it. */
  add({ exchange, content }: Pick<OutgoingMessage, "exchange" | "content">): void {
    const largest = this.#largest.get(exchange);
    if (largest !== undefined && content.length <= largest) return;
    if (largest === undefined && this.#largest.size >= mostProven) this.#largest.clear();
    this.#largest.set(exchange, content.length);
  }

  /** The broker closed a channel while a message to it had no answer. */
  doubt(exchange: string): void {
    this.#largest.delete(exchange);
  }
}
