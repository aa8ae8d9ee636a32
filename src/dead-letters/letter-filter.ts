/** Which dead letters are meant: by id, error, reason and age. */
import type { Letter } from "./letter.ts";

export interface LetterFilter {
  /** Message ids; any of them. @default every message */
  readonly ids?: readonly string[] | undefined;
  /** Class or code of the error; `*` stands for any characters, `?` for one. @default any error */
  readonly error?: string | undefined;
  /** Why it was put aside, with `*` and `?`. @default any reason */
  readonly reason?: string | undefined;
  /** Failed longer ago than so many milliseconds. @default any age */
  readonly olderThanMs?: number | undefined;
  /** Failed less long ago than so many milliseconds. @default any age */
  readonly newerThanMs?: number | undefined;
}

/** A letter of which nobody knows when it failed has no age: it matches no filter that asks for one. */
export function createLetterFilter(filter: LetterFilter, now: number): (letter: Letter) => boolean {
  const { ids, error, reason, olderThanMs, newerThanMs } = filter;
  const wantedIds = ids && new Set(ids);
  const wantedError = error === undefined ? undefined : globPattern(error);
  const wantedReason = reason === undefined ? undefined : globPattern(reason);
  return (letter) => {
    if (wantedIds && (letter.id === undefined || !wantedIds.has(letter.id))) return false;
    if (wantedReason && !wantedReason.test(letter.reason ?? "")) return false;
    if (wantedError && !wantedError.test(letter.errorClass ?? "") && !wantedError.test(letter.errorCode ?? "")) {
      return false;
    }
    if (olderThanMs === undefined && newerThanMs === undefined) return true;
    if (letter.failedAt === undefined) return false;
    const age = now - letter.failedAt.getTime();
    return age > (olderThanMs ?? Number.NEGATIVE_INFINITY) && age < (newerThanMs ?? Number.POSITIVE_INFINITY);
  };
}

/** `*` stands for any characters, `?` for one; case does not count. */
export function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[\\s\\S]*").replaceAll("?", "[\\s\\S]")}$`, "i");
}
