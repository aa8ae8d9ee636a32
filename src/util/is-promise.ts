/** Telling what is there from what comes later. */

import { types } from "node:util";

/** Whether there is something to wait for: a promise, or what else has a `then`. */
export function isPromise<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/**
 * Call it with a value that is not awaited, such as one that was thrown: if it is a rejected promise, the unhandled rejection
 * would end the process. Never throws.
 */
export function ignoreRejection(value: unknown): void {
  if (!types.isPromise(value)) return;
  try {
    void Promise.prototype.then.call(value, undefined, () => {});
  } catch {
    // Its constructor throws when it is read.
  }
}
