/** The delays that RetryLater chooses from: few, so that there are few queues. */

/** Those that a service makes queues for when it needs them. */
export const ladderMs: readonly number[] = [
  1000,
  5000,
  15_000,
  30_000,
  60_000,
  5 * 60_000,
  10 * 60_000,
  30 * 60_000,
  3_600_000,
  6 * 3_600_000,
  24 * 3_600_000,
];

/** The shortest of these delays that is at least the requested one; otherwise the longest. Without any, the requested delay. */
export function rungFor(askedMs: number, ...lists: readonly (readonly number[])[]): number {
  let longest = 0;
  let fitting = Number.POSITIVE_INFINITY;
  for (const rungs of lists) {
    for (const rung of rungs) {
      longest = Math.max(longest, rung);
      if (rung >= askedMs) fitting = Math.min(fitting, rung);
    }
  }
  return longest === 0 ? askedMs : Math.min(fitting, longest);
}
