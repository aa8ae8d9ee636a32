/** Which messages a handler has done, and which it is doing: a second copy of either is not handled again. */
import { createHash } from "node:crypto";
import { createDeferred, type Deferred } from "../../../util/deferred.ts";
import { ExpiringMap } from "../../../util/expiring-map.ts";
import { type ResolvedWindow, resolveWindow } from "./window.ts";

/** "new": handle it, then say how it went. "done": it succeeded before. "later": another copy is at work still; put it back. */
export type Claimed = "new" | "done" | "later";

/** A promise of nothing: the other copy has ended, ask again. */
export type Claim = "new" | "done" | Promise<Claimed | undefined>;

/** Keeps a handler from doing a message twice: each claim that is "new" is released once. */
export interface DuplicateGuard {
  claim(id: string): Claim;
  /** Ends a claim. Anything but a success forgets the id, so that another delivery of it is handled. Never rejects. */
  release(id: string, succeeded: boolean): void | Promise<void>;
}

/** How many characters of an id are kept; whoever may publish says how long it is. */
const longestId = 255;

/**
 * What duplicates are known by. A replay is another message than the one that was done, or failed, before; `replay` is its uuid.
 */
export function identityOf(id: string, replay: string | undefined): string {
  const whole = replay === undefined ? id : `${id} replayed ${replay}`;
  return whole.length > longestId ? createHash("sha256").update(whole).digest("base64") : whole;
}

export class Duplicates implements DuplicateGuard {
  /** One map for both: a set of what is at work, emptied and filled with every message, is dear (see Roster). */
  readonly #seen: ExpiringMap<"at work" | "done">;
  /** For ids at work of which a second copy waits; few, if any. */
  readonly #waiting = new Map<string, Deferred<undefined>>();
  #count = 0;

  constructor(window: ResolvedWindow = resolveWindow()) {
    this.#seen = new ExpiringMap({ ...window, stays: "at work" });
  }

  /** Copies that were acknowledged without being handled. */
  get count(): number {
    return this.#count;
  }

  claim(id: string): Claim {
    const seen = this.#seen.get(id);
    if (seen === undefined) {
      this.#seen.set(id, "at work");
      return "new";
    }
    if (seen === "done") {
      this.#count++;
      return "done";
    }
    let waiting = this.#waiting.get(id);
    if (!waiting) {
      waiting = createDeferred();
      this.#waiting.set(id, waiting);
    }
    return waiting.promise;
  }

  /** Ends a claim. Anything but a success forgets the id, so that another delivery of it is handled. */
  release(id: string, succeeded: boolean): void {
    if (succeeded) this.#seen.set(id, "done");
    else this.#seen.delete(id);
    if (this.#waiting.size === 0) return;
    this.#waiting.get(id)?.resolve(undefined);
    this.#waiting.delete(id);
  }
}
