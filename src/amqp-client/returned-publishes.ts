/**
 * Publishes that the broker returned because no queue got them. RabbitMQ removes the bindings of a deleted exchange before the
 * exchange itself: a publish in between is returned, although its exchange is declared again a moment later. So the exchange is
 * looked for, and the message is sent once more.
 */
import type { Confirmation } from "./confirms.ts";
import type { KnownExchanges } from "./known-exchanges.ts";

/** A key that nothing is bound for is not asked about again while publishes to it come back this often. */
const unroutableMs = 5000;
const mostKeys = 1000;

export class ReturnedPublishes {
  readonly #exchanges: KnownExchanges;
  readonly #sendAgain: (entry: Confirmation) => void;
  /** Exchange and routing key for which nothing is bound, and until when this is believed, on the clock of performance.now(). */
  readonly #unroutable = new Map<string, number>();

  constructor(exchanges: KnownExchanges, sendAgain: (entry: Confirmation) => void) {
    this.#exchanges = exchanges;
    this.#sendAgain = sendAgain;
  }

  /** Sends it again, or resolves it as unroutable, or rejects it because its exchange does not exist. */
  settle(entry: Confirmation): void {
    const { exchange, routingKey } = entry.message;
    const key = `${exchange}\n${routingKey}`;
    if (entry.sentAgain || this.#exchanges.isNeverAskedFor(exchange) || this.#isUnroutable(key)) {
      this.#remember(key);
      entry.resolve({ returned: true });
      return;
    }
    entry.sentAgain = true;
    entry.returned = false;
    const again = (): void => this.#sendAgain(entry);
    this.#exchanges.check(exchange, entry.deadline).then(again, entry.reject);
  }

  #isUnroutable(key: string): boolean {
    return (this.#unroutable.get(key) ?? 0) > performance.now();
  }

  #remember(key: string): void {
    if (this.#unroutable.size >= mostKeys) this.#unroutable.clear();
    this.#unroutable.set(key, performance.now() + unroutableMs);
  }
}
