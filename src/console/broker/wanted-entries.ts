/** Finds the dead letters again that the page named by their keys. */
import type { DeadLetterEntry } from "../../dead-letters/index.ts";
import { keyOf } from "./dead-letter-groups.ts";

/** Called for each message in the order of the queue: the key says which one of several equal messages is meant. */
export class WantedEntries {
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #seen = new Set<string>();
  readonly #keys = new WeakMap<DeadLetterEntry, string>();

  /** Without keys every dead letter is selected. */
  constructor(keys: readonly string[] | undefined) {
    this.#wanted = keys && new Set(keys);
  }

  /** How many are selected; undefined for all. */
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

  /** The key of a selected dead letter; undefined for any other. */
  keyOf(entry: DeadLetterEntry): string | undefined {
    return this.#keys.get(entry);
  }

  /** How many were not found, as text, after the whole queue was read. */
  missingText(found: number): string | undefined {
    const missing = (this.count ?? 0) - found;
    if (missing <= 0) return undefined;
    return missing === 1
      ? "1 message is not in the queue any more."
      : `${missing} messages are not in the queue any more.`;
  }
}
