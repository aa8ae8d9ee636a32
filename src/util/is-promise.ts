/** Telling what is there from what comes later. */

import { types } from "node:util";

/** Whether there is something to wait for: a promise, or what else has a `then`. */
export function isPromise<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/**
 * Call it with a value that nobody waits for, as one that was thrown: where it is a promise that is rejected, a rejection that
 * nobody hears of would end the process. Never throws.
 */
export function ignoreRejection(value: unknown): void {
  if (!types.isPromise(value)) return;
  try {
    void Promise.prototype.then.call(value, undefined, () => {});
  } catch {
    // Its constructor throws when it is read.
  }
}
