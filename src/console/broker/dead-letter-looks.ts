/** Looks into dead-letter queues, groups what is there by cause, and replays what the page asks for. */
import type { ResolvedConnectionOptions } from "../../amqp-client/options.ts";
import { DeadLetterBrowser, type DeadLetterEntry, type EditedBody, replayTarget } from "../../dead-letters/index.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log/logger.ts";
import { compactJson, isJsonText } from "../../util/json-layout.ts";
import type { DeadLetterRow, DeadLettersView, ReplayReport } from "../view/message-view.ts";
import { type BodyChange, changedBody } from "./change-body.ts";
import { groupsOf, keyOf, rowOf } from "./dead-letter-groups.ts";
import { ConsoleError } from "./errors.ts";

/** So many are looked at, and so many bytes of bodies are kept for the page to open. */
const mostLooked = 500;
const mostBytes = 32 * 1024 * 1024;
/** The looks of so many queues are kept. */
const mostKept = 4;

/** Where a dead-letter queue is. */
export interface DeadLetterPlace {
  readonly connection: ResolvedConnectionOptions;
  readonly queue: string;
  /** Queues by their previous names: a replay goes to the queue of today. */
  readonly movedTo: ReadonlyMap<string, string>;
}

/** What is replayed: everything, or what these keys name; with another body for one of them, or a change in each. */
export interface ReplayTask {
  readonly queue: string;
  /** @default every dead letter of the queue */
  readonly keys: readonly string[] | undefined;
  readonly edited?: { readonly key: string; readonly body: Buffer } | undefined;
  /** A dead letter in whose body it cannot be made stays. @default none */
  readonly changes?: readonly BodyChange[] | undefined;
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
    this.#keep(queue, entries);
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

  /** What the last look found: those with these keys, or all. */
  entries(queue: string, keys: readonly string[] | undefined): readonly DeadLetterEntry[] {
    const known = this.#entries.get(queue) ?? new Map<string, DeadLetterEntry>();
    return keys === undefined ? [...known.values()] : keys.map((key) => this.entry(queue, key).entry);
  }

  /** Forgets what the looks found. */
  clear(): void {
    this.#entries.clear();
  }

  async replay({ queue, keys, edited, changes = [], signal }: ReplayTask): Promise<ReplayReport> {
    const place = this.#placeOf(queue);
    const wanted = keys && new Set(keys);
    const problems = new Map<string, number>();
    const note = (problem: string): void => void problems.set(problem, (problems.get(problem) ?? 0) + 1);
    let replayed = 0;
    let stayed = 0;
    const edit = (entry: DeadLetterEntry, key: string | undefined): EditedBody => {
      if (edited && key === edited.key) return laidOutAs(entry.message.content, edited.body);
      if (changes.length === 0) return undefined;
      try {
        return changedBody(entry.message, changes);
      } catch (error) {
        note(`It was not changed, because ${messageOf(error)}, so it stayed.`);
        return "keep";
      }
    };
    await this.#with(place, signal, async (browser) => {
      const seen = new Set<string>();
      const found = new WeakMap<DeadLetterEntry, string>();
      const report = await browser.work({
        queue,
        action: {
          kind: "replay",
          movedTo: place.movedTo,
          edit: (entry) => edit(entry, found.get(entry)),
        },
        signal,
        limit: wanted?.size,
        matches: (entry) => {
          if (!wanted) return true;
          const key = keyOf(entry, seen);
          seen.add(key);
          found.set(entry, key);
          return wanted.has(key);
        },
        done: (entry, result) => {
          if (result === "sent") return void replayed++;
          stayed++;
          if (result !== "kept") note(problemText(result, replayTarget(entry, place.movedTo)));
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

  /** The oldest look is forgotten first. */
  #keep(queue: string, entries: ReadonlyMap<string, DeadLetterEntry>): void {
    this.#entries.delete(queue);
    this.#entries.set(queue, entries);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > mostKept && oldest !== undefined) this.#entries.delete(oldest);
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
    const browser = new DeadLetterBrowser(connection, this.#logger);
    try {
      await browser.open(signal);
      await act(browser);
    } finally {
      await browser.close();
    }
  }
}

/** On one line where the body was on one line: an editor has it on several. */
function laidOutAs(before: Buffer, edited: Buffer): Buffer {
  const text = edited.toString("utf8");
  return before.includes("\n") || !isJsonText(text) ? edited : Buffer.from(compactJson(text));
}

function problemText(result: string, target: string | undefined): string {
  if (target === undefined || result === "no target") return "Its headers do not say where it failed.";
  if (result === "returned") return `There is no queue "${target}" any more.`;
  return result === "refused" ? "The broker did not confirm its copy: it may be in both queues." : "It stayed.";
}
