/** The store of handled messages, which several processes can share. */
import { refuseProblems } from "../../../service/errors.ts";
import { fieldProblems } from "../../../util/check-fields.ts";
import { ExpiringMap } from "../../../util/expiring-map.ts";
import { type DeduplicationWindow, resolveWindow, windowFields } from "./window.ts";

/** "claimed": handle it. "done": it was handled before. "at-work": another owner has claimed it, and its lease has not ended. */
export type ClaimAnswer = "claimed" | "done" | "at-work";

/**
 * Remembers which messages were handled, and which process handles a message now. With a store that several processes share, no
 * process handles again what another one has handled.
 *
 * A claim is a lease: if a process crashes while it handles a message, another process must be able to handle it. An owner that still
 * runs claims again before the lease ends, and so extends it. With Redis: `SET key owner NX PX leaseMs` for a claim, and where the
 * key stands, "done" if its value says so, `PEXPIRE` if it is the owner's own, else "at-work"; `SET key done PX window` for
 * `complete`; a script that deletes the key if it is the owner's for `release`.
 *
 * One owner makes one call for a key at a time: the next call comes after the answer to the last one.
 *
 * A store that fails, or does not answer within two seconds, loses nothing: messages are handled without it.
 */
export interface DeduplicationStore {
  /** Takes the key for `leaseMs` milliseconds, in one step. Claimed again by its owner, the lease begins again. */
  claim(key: string, owner: string, leaseMs: number): ClaimAnswer | Promise<ClaimAnswer>;
  /** The message was handled. Store this also if another owner has the lease by now; keep it as long as duplicates may arrive. */
  complete(key: string, owner: string): void | Promise<void>;
  /** The message was not done: another copy may be handled. Does nothing when the lease is another owner's by now. */
  release(key: string, owner: string): void | Promise<void>;
}

/** The window of the store, over all services and methods that use it. */
export type MemoryDeduplicationOptions = DeduplicationWindow;

/**
 * A store in the memory of this process. Make one to share what was handled between services of one process. Each service also
 * remembers what it has handled itself; `deduplicationWindow` says for how long.
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
