/** Waiting that can be cut short. */
import type { Clock } from "./clock.ts";

/**
 * Resolves after `ms`, or at once when the signal aborts. Never rejects: look at the signal afterwards. Without a clock a
 * timer of Node's keeps the process alive for so long; a clock keeps nothing alive.
 */
export function wait(ms: number, signal?: AbortSignal, clock?: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock ? clock.after(ms, done) : nodeTimer(ms, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}

function nodeTimer(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
