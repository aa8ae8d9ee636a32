/** The option `deduplicationWindow`: how many ids of handled messages are remembered, and for how long. */
import { type FieldCheck, type FieldChecks, integer, record, seconds } from "../../../util/check-fields.ts";

/** How far back a message is recognised as one that was handled. Small windows save memory. */
export interface DeduplicationWindow {
  /** At least this many of the latest ids are kept, and at most twice as many. @default 100000 */
  readonly size?: number | undefined;
  /** For at least this many seconds, and at most twice as long, unless `size` pushes them out. @default 600 */
  readonly ageSeconds?: number | undefined;
}

/** The same, complete. */
export interface ResolvedWindow {
  readonly size: number;
  readonly ageMs: number;
}

export const windowFields: FieldChecks = { size: integer(1, 10_000_000), ageSeconds: seconds };

export const windowCheck: FieldCheck = { ...record(windowFields), expected: "an object { size?, ageSeconds? }" };

export function resolveWindow({ size = 100_000, ageSeconds = 600 }: DeduplicationWindow = {}): ResolvedWindow {
  return Object.freeze({ size, ageMs: ageSeconds * 1000 });
}
