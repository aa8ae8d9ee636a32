/** Telling what is there from what comes later. */

/** Whether there is something to wait for: a promise, or what else has a `then`. */
export function isPromise<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
