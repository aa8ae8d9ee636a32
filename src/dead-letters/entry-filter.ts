/** Which dead letters are meant: by id, error, reason and age. */
import type { DeadLetterEntry } from "./dead-letter-entry.ts";

export interface EntryFilter {
  /** Message ids; any of them. @default every message */
  readonly ids?: readonly string[] | undefined;
  /** Class or code of the error; `*` means any characters, `?` for one. @default any error */
  readonly error?: string | undefined;
  /** Why it was dead-lettered, with `*` and `?`. @default any reason */
  readonly reason?: string | undefined;
  /** The queue in which it failed, with `*` and `?`. @default any queue */
  readonly queue?: string | undefined;
  /** Failed longer ago than this many milliseconds. @default any age */
  readonly olderThanMs?: number | undefined;
  /** Failed more recently than this many milliseconds. @default any age */
  readonly newerThanMs?: number | undefined;
}

/** A dead letter of which time of failure unknown has no age: it matches no filter that asks for one. */
export function createEntryFilter(filter: EntryFilter, now: number): (entry: DeadLetterEntry) => boolean {
  const { ids, error, reason, queue, olderThanMs, newerThanMs } = filter;
  const wantedIds = ids && new Set(ids);
  const wantedError = error === undefined ? undefined : globPattern(error);
  const wantedReason = reason === undefined ? undefined : globPattern(reason);
  const wantedQueue = queue === undefined ? undefined : globPattern(queue);
  return (entry) => {
    if (wantedIds && (entry.id === undefined || !wantedIds.has(entry.id))) return false;
    if (wantedQueue && !wantedQueue.test(entry.queue ?? "")) return false;
    if (wantedReason && !wantedReason.test(entry.reason ?? "")) return false;
    if (wantedError && !wantedError.test(entry.errorClass ?? "") && !wantedError.test(entry.errorCode ?? "")) {
      return false;
    }
    if (olderThanMs === undefined && newerThanMs === undefined) return true;
    if (entry.failedAt === undefined) return false;
    const age = now - entry.failedAt.getTime();
    return age > (olderThanMs ?? Number.NEGATIVE_INFINITY) && age < (newerThanMs ?? Number.POSITIVE_INFINITY);
  };
}

/** `*` means any characters, `?` one; case does not count. */
export function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[\\s\\S]*").replaceAll("?", "[\\s\\S]")}$`, "i");
}
