/** A promise with a deadline. */
import type { Clock } from "./clock.ts";

/**
 * Settles as the promise does, or rejects with what `late` gives when that has not happened after so many milliseconds. What
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
