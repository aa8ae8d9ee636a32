/** What a copy can contain, by the limits of every publish (`amqp-client/header-values.ts`). */
import { headerBytes } from "../../../amqp-client/header-values.ts";
import { isHeaderName } from "../../../amqp-client/session/copy-properties.ts";

/** A name of a header, and every property that is a string, is a short string of AMQP. */
export function isWritableShortString(value: unknown): boolean {
  return typeof value === "string" && isHeaderName(value);
}

/** A time before 1970, or one that a number of JavaScript cannot hold exactly, is not writable. */
export function isWritableTimestamp(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a copy can have this header. */
export function isWritableHeader(name: string, value: unknown): boolean {
  try {
    return isHeaderName(name) && headerBytes({ "": value }) > 0;
  } catch {
    return false;
  }
}
