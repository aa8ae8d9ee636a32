/** Looks into dead-letter queues, groups what is there by cause, and replays what the page asks for. */
import { createHash } from "node:crypto";
import type { ResolvedConnectionOptions } from "../../amqp-client/options.ts";
import { DeadLetterBrowser, type DeadLetterEntry, replayTarget } from "../../dead-letters/index.ts";
import type { Logger } from "../../log/logger.ts";
import type { DeadLetterGroup, DeadLetterRow, DeadLettersView, ReplayReport } from "../view/message-view.ts";
import { ConsoleError } from "./errors.ts";

/** So many are looked at, and so many bytes of bodies are kept for the page to open. */
const mostLooked = 500;
const mostBytes = 32 * 1024 * 1024;
const connectTimeoutSeconds = 5;

/** Where a dead-letter queue is. */
export interface DeadLetterPlace {
  readonly connection: ResolvedConnectionOptions;
  readonly queue: string;
  /** Queues by their previous names: a replay goes to the queue of today. */
  readonly movedTo: ReadonlyMap<string, string>;
}

/** What is replayed: everything, or what these keys name; and another body for one of them. */
export interface ReplayTask {
  readonly queue: string;
  /** @default every dead letter of the queue */
  readonly keys: readonly string[] | undefined;
  readonly edited?: { readonly key: string; readonly body: Buffer } | undefined;
  readonly signal: AbortSignal;
}

export class DeadLetterLooks {
  readonly #places: ReadonlyMap<string, DeadLetterPlace>;
  readonly #logger: Logger;
  /** The entries of the last look into each queue, by key. */
  readonly #entries = new Map<string, ReadonlyMap<string, DeadLetterEntry>>();

  constructor(places: readonly DeadLetterPlace[], logger: Logger) {
    this.#places = new Map(places.map((place) => [place.queue, place]));
    this.#logger = logger;
  }

  get queues(): readonly string[] {
    return [...this.#places.keys()];
  }

  /**
   * Each look takes the messages and puts them back, as `tomodachi dlq list` does.
   * @throws ConsoleError for a queue that belongs to none of the services
   */
  async look(queue: string, signal: AbortSignal): Promise<DeadLettersView> {
    const place = this.#placeOf(queue);
    const entries = new Map<string, DeadLetterEntry>();
    let bytes = 0;
    let messages = 0;
    await this.#with(place, signal, async (browser) => {
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
    this.#entries.set(queue, entries);
    const groups = groupsOf(entries, place.movedTo);
    return { queue, messages, looked: entries.size, lookedAt: Date.now(), groups };
  }

  /** @throws ConsoleError when the last look did not find it */
  entry(queue: string, key: string): { readonly entry: DeadLetterEntry; readonly row: DeadLetterRow } {
    const { movedTo } = this.#placeOf(queue);
    const entry = this.#entries.get(queue)?.get(key);
    if (!entry) throw new ConsoleError(404, "This dead letter is not known any more. Look into the queue again.");
    return { entry, row: rowOf(key, entry, movedTo) };
  }

  async replay({ queue, keys, edited, signal }: ReplayTask): Promise<ReplayReport> {
    const place = this.#placeOf(queue);
    const wanted = keys && new Set(keys);
    const problems = new Map<string, number>();
    let replayed = 0;
    let stayed = 0;
    await this.#with(place, signal, async (browser) => {
      const seen = new Map<string, DeadLetterEntry>();
      const found = new Map<DeadLetterEntry, string>();
      const report = await browser.work({
        queue,
        action: {
          kind: "replay",
          movedTo: place.movedTo,
          edit: (entry) => (edited && found.get(entry) === edited.key ? edited.body : undefined),
        },
        signal,
        limit: wanted?.size,
        matches: (entry) => {
          const key = keyOf(entry, seen);
          seen.set(key, entry);
          found.set(entry, key);
          return !wanted || wanted.has(key);
        },
        done: (entry, result) => {
          if (result === "sent") return void replayed++;
          stayed++;
          const problem = problemText(result, replayTarget(entry, place.movedTo));
          problems.set(problem, (problems.get(problem) ?? 0) + 1);
        },
      });
      if (report.why !== undefined) problems.set(`It ended early: ${report.why}.`, 1);
      const missing = (wanted?.size ?? 0) - replayed - stayed;
      if (missing > 0 && report.why === undefined) {
        problems.set(`${missing} of them are not in the queue any more.`, 1);
      }
    });
    const told = [...problems].map(([text, count]) => (count > 1 ? `${text} (${count} messages)` : text));
    return { replayed, stayed, problems: told };
  }

  #placeOf(queue: string): DeadLetterPlace {
    const place = this.#places.get(queue);
    if (!place) throw new ConsoleError(404, `"${queue}" is no dead-letter queue of these services.`);
    return place;
  }

  async #with(
    { connection }: DeadLetterPlace,
    signal: AbortSignal,
    act: (browser: DeadLetterBrowser) => Promise<void>,
  ): Promise<void> {
    const browser = new DeadLetterBrowser({ ...connection, connectTimeoutSeconds }, this.#logger);
    try {
      await browser.open(signal);
      await act(browser);
    } finally {
      await browser.close();
    }
  }
}

/** The same at each look: a message that goes round the queue keeps all of this. */
function keyOf({ id, failedAt, handler, message }: DeadLetterEntry, taken: ReadonlyMap<string, unknown>): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([id, failedAt?.getTime(), handler]));
  const key = hash.update(message.content).digest("base64url").slice(0, 22);
  if (!taken.has(key)) return key;
  for (let copy = 2; ; copy++) if (!taken.has(`${key}.${copy}`)) return `${key}.${copy}`;
}

function groupsOf(
  entries: ReadonlyMap<string, DeadLetterEntry>,
  movedTo: ReadonlyMap<string, string>,
): readonly DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup & { readonly entries: DeadLetterRow[] }>();
  // The latest are last in the queue, and first on the page.
  for (const [key, entry] of [...entries].reverse()) {
    const { reason = "unknown reason", errorClass, errorCode, errorMessage, service, handler } = entry;
    const cause = JSON.stringify([reason, errorClass, errorCode, service, handler]);
    const group = groups.get(cause) ?? {
      cause,
      reason,
      errorClass,
      errorCode,
      errorMessage,
      service,
      handler,
      entries: [],
    };
    group.entries.push(rowOf(key, entry, movedTo));
    groups.set(cause, group);
  }
  return [...groups.values()].sort((a, b) => b.entries.length - a.entries.length);
}

function rowOf(key: string, entry: DeadLetterEntry, movedTo: ReadonlyMap<string, string>): DeadLetterRow {
  const { id, failedAt, attempts, routingKey, message, replays } = entry;
  return {
    key,
    id,
    failedAt: failedAt?.getTime(),
    attempts,
    routingKey,
    bytes: message.content.length,
    replays: replays.length,
    replayable: replayTarget(entry, movedTo) !== undefined,
  };
}

function problemText(result: string, target: string | undefined): string {
  if (target === undefined || result === "no target") return "Its headers do not say where it failed.";
  if (result === "returned") return `There is no queue "${target}" any more.`;
  return result === "refused" ? "The broker did not confirm its copy: it may be in both queues." : "It stayed.";
}
