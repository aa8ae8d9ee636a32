/** Looks into dead-letter queues, and groups the messages by cause. */
import type { ResolvedConnectionOptions } from "../../amqp-client/options.ts";
import { DeadLetterBrowser, type DeadLetterEntry } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { DeadLetterRow, DeadLettersView } from "../view/message-view.ts";
import { groupsOf, keyOf, rowOf } from "./dead-letter-groups.ts";
import { ConsoleError } from "./errors.ts";

/** How many messages one look reads. */
export const mostLooked: number = 500;
/** How many bytes of bodies are kept, so that the page can open them. */
const mostBytes = 32 * 1024 * 1024;
/** How many queues' looks are kept. */
const mostKept = 4;

/** A dead-letter queue and its broker. */
export interface DeadLetterPlace {
  readonly connection: ResolvedConnectionOptions;
  readonly queue: string;
  /** For former queue names, the current names: a replay goes to the current queue. */
  readonly movedTo: ReadonlyMap<string, string>;
}

export class DeadLetterLooks {
  readonly #places: ReadonlyMap<string, DeadLetterPlace>;
  readonly #logger: Logger;
  readonly #counted: (queue: string, messages: number) => void;
  /** The entries of the last look into each queue, by their keys. */
  readonly #entries = new Map<string, ReadonlyMap<string, DeadLetterEntry>>();

  /** `counted` is called with the number of messages that a look found. */
  constructor(places: readonly DeadLetterPlace[], logger: Logger, counted: (queue: string, messages: number) => void) {
    this.#counted = counted;
    this.#places = new Map(places.map((place) => [place.queue, place]));
    this.#logger = logger;
  }

  get queues(): readonly string[] {
    return [...this.#places.keys()];
  }

  /**
   * Looks into a queue. It takes the messages and puts them back, as `tomodachi dlq list` does.
   * @throws ConsoleError for a queue that does not belong to the services
   */
  async look(queue: string, signal: AbortSignal): Promise<DeadLettersView> {
    const { movedTo } = this.#placeOf(queue);
    const entries = new Map<string, DeadLetterEntry>();
    let bytes = 0;
    let messages = 0;
    await this.work(queue, signal, async (browser) => {
      messages = (await browser.count(queue)) ?? 0;
      if (messages === 0) return;
      await browser.work({
        queue,
        action: { kind: "look" },
        signal,
        matches: () => bytes < mostBytes,
        limit: mostLooked,
        done: (entry) => {
          bytes += entry.message.content.length;
          entries.set(keyOf(entry, entries), entry);
        },
      });
    });
    this.#counted(queue, messages);
    this.#keep(queue, entries);
    const groups = groupsOf(entries, movedTo);
    return { queue, messages, looked: entries.size, lookedAt: Date.now(), groups };
  }

  /** One entry of the last look. @throws ConsoleError if the last look did not find it */
  entry(queue: string, key: string): { readonly entry: DeadLetterEntry; readonly row: DeadLetterRow } {
    const { movedTo } = this.#placeOf(queue);
    const entry = this.#entries.get(queue)?.get(key);
    if (!entry) throw new ConsoleError(404, "The last look did not find this dead letter. Look again.");
    return { entry, row: rowOf(key, entry, movedTo) };
  }

  /** The entries of the last look with these keys, or all of them. */
  entries(queue: string, keys: readonly string[] | undefined): readonly DeadLetterEntry[] {
    const known = this.#entries.get(queue) ?? new Map<string, DeadLetterEntry>();
    return keys === undefined ? [...known.values()] : keys.map((key) => this.entry(queue, key).entry);
  }

  /** Forgets all looks. */
  clear(): void {
    this.#entries.clear();
  }

  /** Opens a connection to the broker of the queue, and closes it after the work. @throws ConsoleError for another queue */
  async work(
    queue: string,
    signal: AbortSignal,
    act: (browser: DeadLetterBrowser, place: DeadLetterPlace) => Promise<void>,
  ): Promise<void> {
    const place = this.#placeOf(queue);
    // The log may be that of a service, which did not open these connections, so they are logged at debug.
    const browser = new DeadLetterBrowser(place.connection, this.#logger, "debug");
    try {
      await browser.open(signal);
      await act(browser, place);
    } finally {
      await browser.close();
    }
  }

  /** Keeps a look, and forgets the oldest one if there are too many. */
  #keep(queue: string, entries: ReadonlyMap<string, DeadLetterEntry>): void {
    this.#entries.delete(queue);
    this.#entries.set(queue, entries);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > mostKept && oldest !== undefined) this.#entries.delete(oldest);
  }

  #placeOf(queue: string): DeadLetterPlace {
    const place = this.#places.get(queue);
    if (!place) throw new ConsoleError(404, `"${queue}" is not a dead-letter queue of these services.`);
    return place;
  }
}
