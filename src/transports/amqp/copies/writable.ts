/**
 * What can be written out as it was read. Reading a message turns AMQP's types into those of JavaScript, and some values
 * cannot be turned back: they would fail to be written, or be written as another value.
 */

/** AMQP 0-9-1, 4.2.5.3: a short string, and so the name of a header, has at most 255 bytes. */
const shortStringBytes = 255;
/** Values that are nested deeper are left out, as they are refused in a publish. */
const deepest = 32;
/** AMQP's decimal is an unsigned number of 32 bits and a count of digits after the point. */
const largestDigits = 0xffffffff;

export function isWritableShortString(value: unknown): boolean {
  return typeof value === "string" && Buffer.byteLength(value) <= shortStringBytes;
}

/** A time before 1970, or one that a number of JavaScript cannot hold exactly, is not writable. */
export function isWritableTimestamp(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a header can stand in a copy. */
export function isWritableHeader(name: string, value: unknown): boolean {
  return isWritableShortString(name) && isWritableValue(value, 0);
}

function isWritableValue(value: unknown, depth: number): boolean {
  if (depth > deepest) return false;
  switch (typeof value) {
    case "string":
      return isWellFormed(value);
    case "boolean":
      return true;
    case "number":
      return isWritableNumber(value);
    case "object":
      return value === null || isWritableObject(value, depth);
    default:
      return false;
  }
}

/**
 * Whole numbers are written as integers of 64 bits at most, all others as doubles. A whole number beyond 2^53 may have been
 * rounded when it was read.
 */
function isWritableNumber(value: number): boolean {
  if (Number.isSafeInteger(value)) return true;
  if (!Number.isFinite(value)) return false;
  // From 2^63 on nothing but a double can have been read.
  return value >= 2 ** 63 || (!Number.isInteger(value) && Math.abs(value) < 2 ** 50);
}

/** In every Node that we run on; not yet in the library types of ES2023. */
function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

function isWritableObject(value: object, depth: number): boolean {
  if (Buffer.isBuffer(value)) return true;
  if (Array.isArray(value)) return value.every((item) => isWritableValue(item, depth + 1));
  if (Object.hasOwn(value, "!")) return isWritableTyped(value as { readonly "!": unknown; readonly value?: unknown });
  // A table with the key "__proto__" is read into an object with another prototype.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  return Object.entries(value).every(([name, item]) => isWritableShortString(name) && isWritableValue(item, depth + 1));
}

/** amqplib reads timestamps and decimals as `{ "!": type, value }`, and takes a table with such a key for one of these. */
function isWritableTyped({ "!": type, value }: { readonly "!": unknown; readonly value?: unknown }): boolean {
  if (type === "timestamp") return isWritableTimestamp(value);
  if (type !== "decimal" || typeof value !== "object" || value === null) return false;
  const { places, digits } = value as { readonly places?: unknown; readonly digits?: unknown };
  return isBetween(places, 255) && isBetween(digits, largestDigits);
}

function isBetween(value: unknown, largest: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= largest;
}
