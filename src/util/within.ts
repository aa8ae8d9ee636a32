/** Promises with a deadline. */
import type { Clock } from "./clock.ts";
import { wait } from "./wait.ts";

/**
 * Settles as the promise does, or rejects with what `late` gives when that has not happened after this many milliseconds. What
 * the promise does afterwards is ignored, an error included.
 */
export function within<T>(promise: PromiseLike<T>, ms: number, clock: Clock, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(late()));
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** Resolves, or rejects, when the promise does; after this many milliseconds it resolves in any case. */
export async function atMost(promise: Promise<unknown>, ms: number): Promise<void> {
  const settled = new AbortController();
  try {
    await Promise.race([promise, wait(ms, settled.signal)]);
  } finally {
    settled.abort();
  }
}
