/** The dead letters that the page named by their keys, found again in the queue. */
import type { DeadLetterEntry } from "../../dead-letters/index.ts";
import { keyOf } from "./dead-letter-groups.ts";

/** Asked of each message in the order of the queue: of several equal messages, the key says which one. */
export class WantedEntries {
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #seen = new Set<string>();
  readonly #keys = new WeakMap<DeadLetterEntry, string>();

  /** Without keys every dead letter is wanted. */
  constructor(keys: readonly string[] | undefined) {
    this.#wanted = keys && new Set(keys);
  }

  /** How many are wanted; undefined: all. */
  get count(): number | undefined {
    return this.#wanted?.size;
  }

  readonly matches = (entry: DeadLetterEntry): boolean => {
    if (!this.#wanted) return true;
    const key = keyOf(entry, this.#seen);
    this.#seen.add(key);
    this.#keys.set(entry, key);
    return this.#wanted.has(key);
  };

  /** The key of a dead letter that was asked for. */
  keyOf(entry: DeadLetterEntry): string | undefined {
    return this.#keys.get(entry);
  }

  /** Says how many were not found, when the whole queue was looked at. */
  missingText(found: number): string | undefined {
    const missing = (this.count ?? 0) - found;
    if (missing <= 0) return undefined;
    return missing === 1
      ? "1 message is not in the queue any more."
      : `${missing} messages are not in the queue any more.`;
  }
}
