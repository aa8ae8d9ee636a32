/** Which messages a handler has done, and which it is doing: a second copy of either is not handled again. */
import { createHash } from "node:crypto";
import { createDeferred, type Deferred } from "../../../util/deferred.ts";
import { type ResolvedWindow, resolveWindow } from "../options/window.ts";
import { type IdState, IdTable } from "./id-table.ts";
import { packedWords, packId } from "./packed-id.ts";

/** "new": handle it, then say how it went. "done": it succeeded before. "later": another copy still runs; requeue it. */
export type Claimed = "new" | "done" | "later";

/** A promise of nothing: the other copy has ended, ask again. */
export type Claim = "new" | "done" | Promise<Claimed | undefined>;

/** Keeps a handler from doing a message twice: each claim that is "new" is released once. */
export interface DuplicateGuard {
  claim(id: string): Claim;
  /** Ends a claim. Anything but a success forgets the id, so that another delivery of it is handled. Never rejects. */
  release(id: string, succeeded: boolean): void | Promise<void>;
}

/** How many characters of an id are kept; the sender chooses its length. */
const longestId = 255;

/**
 * What duplicates are known by. A replay is another message than the one that was done, or failed, before; `replay` is its uuid.
 */
export function identityOf(id: string, replay: string | undefined): string {
  const whole = replay === undefined ? id : `${id} replayed ${replay}`;
  return whole.length > longestId ? createHash("sha256").update(whole).digest("base64") : whole;
}

/**
 * The memory of one method. Ids are kept in two generations: a new one begins when the latest holds `size` ids that are done or is `ageMs`
 * old, and the one before the latest is dropped. An id whose message is still handled moves on into each new generation.
 */
export class Duplicates implements DuplicateGuard {
  readonly #size: number;
  readonly #ageMs: number;
  /** The id that is asked for. */
  readonly #id = new Uint32Array(packedWords);
  /** For ids whose message runs now while a second copy waits; few, if any. */
  readonly #waiting = new Map<string, Deferred<undefined>>();
  /** Claims that have not ended: their ids fill no generation. */
  #running = 0;
  #latest: IdTable;
  #earlier: IdTable;
  #begunAt = performance.now();
  #count = 0;

  constructor({ size, ageMs }: ResolvedWindow = resolveWindow()) {
    this.#size = size;
    this.#ageMs = ageMs;
    this.#latest = new IdTable(size);
    this.#earlier = new IdTable(size);
  }

  /** Copies that were acknowledged without being handled. */
  get count(): number {
    return this.#count;
  }

  claim(id: string): Claim {
    packId(id, this.#id);
    const found = this.#find();
    if (found === undefined) {
      this.#running++;
      this.#remember("running");
      return "new";
    }
    if (found === "done") {
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
    packId(id, this.#id);
    this.#running--;
    if (succeeded) {
      this.#remember("done");
    } else {
      this.#latest.delete(this.#id);
      this.#earlier.delete(this.#id);
    }
    if (this.#waiting.size === 0) return;
    this.#waiting.get(id)?.resolve(undefined);
    this.#waiting.delete(id);
  }

  #find(): IdState | undefined {
    // An id in neither generation is always new, so most messages need no reading of the clock.
    if (this.#latest.get(this.#id) === undefined && this.#earlier.get(this.#id) === undefined) return undefined;
    this.#age();
    return this.#latest.get(this.#id) ?? this.#earlier.get(this.#id);
  }

  #remember(state: IdState): void {
    this.#age();
    this.#latest.set(this.#id, state);
  }

  /** Starts a new generation when the latest one is full or old. */
  #age(): void {
    const now = performance.now();
    const age = now - this.#begunAt;
    if (age < this.#ageMs && this.#latest.size < this.#size + this.#running) return;
    const before = this.#latest;
    this.#latest = this.#earlier;
    this.#latest.clear();
    this.#latest.takeOver(before, "running");
    // Nothing was added for twice the age, so what is done in `before` is too old as well.
    if (age >= 2 * this.#ageMs) before.clear();
    this.#earlier = before;
    // If few messages arrive, a generation begins late. It must not end late too: ids would be kept for longer than twice the age.
    this.#begunAt = age >= this.#ageMs && age < 2 * this.#ageMs ? this.#begunAt + this.#ageMs : now;
  }
}
