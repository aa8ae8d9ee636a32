/** The store of handled messages, which several processes can share. */
import { refuseProblems } from "../../../service/errors.ts";
import { fieldProblems } from "../../../util/check-fields.ts";
import { ExpiringMap } from "../../../util/expiring-map.ts";
import { type DeduplicationWindow, resolveWindow, windowFields } from "./window.ts";

/**
 * The answer to a claim. "claimed": handle the message. "done": it was handled before. "at-work": another owner has claimed it, and its
 * lease has not ended.
 */
export type ClaimAnswer = "claimed" | "done" | "at-work";

/**
 * Remembers which messages were handled, and which process is handling a message now. If several processes share a store, none of them
 * handles a message that another one has handled.
 *
 * A claim is a lease, because after a crash another process must be able to handle the message. An owner that still runs claims again
 * before the lease ends, which extends it. With Redis: `SET key owner NX PX leaseMs` for a claim. If the key exists, answer "done" if its
 * value is "done", `PEXPIRE` if it is the same owner, otherwise "at-work". Use `SET key done PX window` for `complete`, and a script that
 * deletes the key of this owner for `release`.
 *
 * One owner makes one call for a key at a time: the next call comes after the answer to the last one.
 *
 * If the store fails, or does not answer within two seconds, messages are handled without it, and none is lost.
 */
export interface DeduplicationStore {
  /** Claims the key for `leaseMs` milliseconds, in one atomic step. If its owner claims it again, the lease starts again. */
  claim(key: string, owner: string, leaseMs: number): ClaimAnswer | Promise<ClaimAnswer>;
  /** The message was handled. Store this even if another owner has the lease by now. Keep it as long as duplicates may arrive. */
  complete(key: string, owner: string): void | Promise<void>;
  /** The message was not handled, so another copy of it may be. Does nothing if another owner has the lease by now. */
  release(key: string, owner: string): void | Promise<void>;
}

/** How many messages the store remembers and for how long, over all services and methods that use it. */
export type MemoryDeduplicationOptions = DeduplicationWindow;

/**
 * Makes a store in the memory of this process, which several services of the process can share. Each service also remembers what it has
 * handled itself; `deduplicationWindow` says for how long.
 *
 * @example
 * ```ts
 * options = defineOptions({ amqp: { deduplicationStore: memoryDeduplicationStore({ ageSeconds: 3600 }) } });
 * ```
 *
 * @throws ConfigurationError that lists every option that is unknown or wrong
 */
export function memoryDeduplicationStore(options: MemoryDeduplicationOptions = {}): DeduplicationStore {
  refuseProblems("memoryDeduplicationStore()", fieldProblems(options, "options", windowFields));
  const done = new ExpiringMap<true>(resolveWindow(options));
  const leases = new Map<string, { readonly owner: string; readonly until: number }>();
  return {
    claim(key, owner, leaseMs) {
      if (done.get(key)) return "done";
      const lease = leases.get(key);
      if (lease && lease.owner !== owner && lease.until > performance.now()) return "at-work";
      leases.set(key, { owner, until: performance.now() + leaseMs });
      return "claimed";
    },
    complete(key, owner) {
      done.set(key, true);
      if (leases.get(key)?.owner === owner) leases.delete(key);
    },
    release(key, owner) {
      if (leases.get(key)?.owner === owner) leases.delete(key);
    },
  };
}

export function isDeduplicationStore(value: unknown): value is DeduplicationStore {
  const store = value as Partial<Record<keyof DeduplicationStore, unknown>> | null | undefined;
  return [store?.claim, store?.complete, store?.release].every((method) => typeof method === "function");
}
