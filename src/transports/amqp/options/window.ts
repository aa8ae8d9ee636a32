/** The option `deduplicationWindow`: how many ids of handled messages are remembered, and for how long. */
import { type FieldCheck, type FieldChecks, integer, record, seconds } from "../../../util/check-fields.ts";

/** How long a handled message is remembered. A small window saves memory. */
export interface DeduplicationWindow {
  /** How many of the latest ids are kept: at least this many, and at most twice as many. @default 100000 */
  readonly size?: number | undefined;
  /** How many seconds an id is kept: at least this long, and at most twice as long, unless newer ids exceed `size`. @default 600 */
  readonly ageSeconds?: number | undefined;
}

/** The window, complete. */
export interface ResolvedWindow {
  readonly size: number;
  readonly ageMs: number;
}

export const windowFields: FieldChecks = { size: integer(1, 10_000_000), ageSeconds: seconds };

export const windowCheck: FieldCheck = { ...record(windowFields), expected: "an object { size?, ageSeconds? }" };

export function resolveWindow({ size = 100_000, ageSeconds = 600 }: DeduplicationWindow = {}): ResolvedWindow {
  return Object.freeze({ size, ageMs: ageSeconds * 1000 });
}
