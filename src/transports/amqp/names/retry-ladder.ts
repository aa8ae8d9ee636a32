/** The delays that RetryLater chooses from: few, so that there are few queues. */

const ladderMs: readonly number[] = [
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

/** The shortest rung, of the ladder or of the policy, that is no shorter than what was asked for; else the longest. */
export function rungFor(askedMs: number, delaysMs: readonly number[]): number {
  let longest = 0;
  let fitting = Number.POSITIVE_INFINITY;
  for (const rungs of [ladderMs, delaysMs]) {
    for (const rung of rungs) {
      longest = Math.max(longest, rung);
      if (rung >= askedMs) fitting = Math.min(fitting, rung);
    }
  }
  return Math.min(fitting, longest);
}
