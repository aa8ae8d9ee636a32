/** Duplicates known across processes: first by the memory of this one, then by a store that others ask as well. */
import { inspect } from "node:util";
import type { Logger } from "../../../log/logger.ts";
import { backoffMs } from "../../../util/backoff.ts";
import type { Clock } from "../../../util/clock.ts";
import { wait } from "../../../util/wait.ts";
import { within } from "../../../util/within.ts";
import type { ClaimAnswer, DeduplicationStore } from "../options/deduplication-store.ts";
import type { Claim, Claimed, DuplicateGuard, Duplicates } from "./duplicates.ts";

/** The messages of a crashed process are free after this; a running one renews in time. */
const leaseMs = 30_000;
/** How long one call of the store may take. */
const answerTimeoutMs = 2000;
/** How long a failed store is not called. */
const restMs = 5000;
const poll = { firstMs: 100, maxMs: 5000 };

export interface SharedDuplicatesSettings {
  readonly store: DeduplicationStore;
  /** The memory of this process. */
  readonly local: Duplicates;
  /** Before each id: whose messages they are. */
  readonly prefix: string;
  /** Unlike any other that asks the store. */
  readonly owner: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** For how long a message may wait for another copy's end, in milliseconds. */
  readonly holdMs: number;
  /** Aborts when nothing must wait any more. */
  readonly signal: AbortSignal;
}

export class SharedDuplicates implements DuplicateGuard {
  readonly #settings: SharedDuplicatesSettings;
  /** What this process has claimed from the store. */
  readonly #leases = new Set<string>();
  #cancelRenewal: (() => void) | undefined;
  /** Claims that renew a lease and have no answer yet. */
  readonly #renewals = new Map<string, Promise<unknown>>();
  /** The store failed, and is not asked before this time. */
  #restsUntil: number | undefined;

  constructor(settings: SharedDuplicatesSettings) {
    this.#settings = settings;
  }

  claim(id: string): Claim {
    const claim = this.#settings.local.claim(id);
    return claim === "new" ? this.#claimShared(id) : claim;
  }

  async release(id: string, succeeded: boolean): Promise<void> {
    const { store, owner, local } = this.#settings;
    const key = this.#keyOf(id);
    this.#leases.delete(key);
    if (this.#leases.size === 0) {
      this.#cancelRenewal?.();
      this.#cancelRenewal = undefined;
    }
    // Overtaken by this one, it would take the key again, or take back that the message was done.
    const renewal = this.#renewals.get(key);
    if (renewal) await renewal;
    // Also where the claim got no answer: it may have been taken all the same.
    await this.#ask(succeeded ? "complete" : "release", () =>
      succeeded ? store.complete(key, owner) : store.release(key, owner),
    );
    // Only now: a copy that waits for this one in this process would find the store's answer of before.
    local.release(id, succeeded);
  }

  async #claimShared(id: string): Promise<Claimed> {
    const { store, owner, local, clock, signal, holdMs } = this.#settings;
    const key = this.#keyOf(id);
    const since = clock.now();
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#ask("claim", async () => checked(await store.claim(key, owner, leaseMs)));
      if (answer === "done") {
        local.release(id, true);
        return "done";
      }
      if (answer !== "at-work") {
        if (answer === "claimed") this.#keep(key);
        return "new";
      }
      if (signal.aborted || clock.now() - since > holdMs) {
        local.release(id, false);
        return "later";
      }
      await wait(backoffMs(attempt, poll), signal, clock);
    }
  }

  #keyOf(id: string): string {
    return this.#settings.prefix + id;
  }

  #keep(key: string): void {
    this.#leases.add(key);
    this.#cancelRenewal ??= this.#settings.clock.after(leaseMs / 3, () => this.#renew());
  }

  #renew(): void {
    const { store, owner } = this.#settings;
    this.#cancelRenewal = undefined;
    for (const key of this.#leases) {
      const renewal = this.#ask("renew", () => store.claim(key, owner, leaseMs));
      this.#renewals.set(key, renewal);
      void renewal.then(() => this.#renewals.delete(key));
    }
    if (this.#leases.size > 0) this.#cancelRenewal = this.#settings.clock.after(leaseMs / 3, () => this.#renew());
  }

  /** Undefined when the store does not answer. */
  async #ask<T>(what: string, call: () => T | Promise<T>): Promise<T | undefined> {
    const { clock, logger } = this.#settings;
    if (this.#restsUntil !== undefined && clock.now() < this.#restsUntil) return undefined;
    try {
      // In a promise, so that a synchronous error rejects as well.
      const asked = new Promise<T>((give) => give(call()));
      const answer = await within(asked, answerTimeoutMs, clock, unanswered);
      if (this.#restsUntil !== undefined) {
        this.#restsUntil = undefined;
        logger.info("the deduplicationStore works again");
      }
      return answer;
    } catch (error) {
      if (this.#restsUntil === undefined) {
        logger.warn(
          { err: error },
          `the deduplicationStore failed (${what}): until it answers again, messages are handled without it, and this process recognises only duplicates of messages that it handled itself`,
        );
      }
      this.#restsUntil = clock.now() + restMs;
      return undefined;
    }
  }
}

/** A user's store may return anything, and a wrong value would let a duplicate pass without notice. */
function checked(answer: ClaimAnswer): ClaimAnswer {
  if (answer === "claimed" || answer === "done" || answer === "at-work") return answer;
  throw new TypeError(`claim() must return "claimed", "done" or "at-work", but returned ${inspect(answer)}.`);
}

function unanswered(): Error {
  return new Error(`It did not answer within ${answerTimeoutMs / 1000} s.`);
}
