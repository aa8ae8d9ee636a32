/** A delay that doubles with each attempt up to a ceiling, with jitter so that many processes do not come back at once. */

export interface BackoffOptions {
  /** Delay of the first attempt in milliseconds. */
  readonly firstMs: number;
  /** Ceiling in milliseconds. */
  readonly maxMs: number;
}

/** Milliseconds to wait before attempt `attempt` (from 1): between half and all of the doubled delay. */
export function backoffMs(attempt: number, { firstMs, maxMs }: BackoffOptions): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (Math.random() * full) / 2);
}
