/** A signal that aborts when a time is over, or one of several others aborts. */

export interface Deadline {
  readonly signal: AbortSignal;
  /** Releases the timer and the other signals. */
  forget(): void;
}

/** Not AbortSignal.any over AbortSignal.timeout: on Node 20 the garbage collector may take the deadline away. */
export function abortAfter(ms: number, others: readonly AbortSignal[]): Deadline {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const timer = setTimeout(end, ms);
  for (const other of others) other.addEventListener("abort", end, { once: true });
  if (others.some(({ aborted }) => aborted)) end();
  const forget = (): void => {
    clearTimeout(timer);
    for (const other of others) other.removeEventListener("abort", end);
  };
  return { signal: ended.signal, forget };
}
