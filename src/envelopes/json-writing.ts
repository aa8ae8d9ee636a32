/** Writes a value as compact JSON that Python reads as the same value. A value that would change without an error is refused. */
import { types } from "node:util";
import { EnvelopeError, unbuildable } from "./errors.ts";
import { MAX_INTEGER_DIGITS, mark, unmarkText } from "./json-marks.ts";
import { nestsTooDeeply } from "./json-shape.ts";

/**
 * Like `JSON.stringify`, with additions: a `bigint` becomes an integer, NaN and the infinities become Python's bare words, -0 stays `-0.0`,
 * and a number too large to be an exact integer is written as a float. As usual in JavaScript, members that are undefined, functions or
 * symbols are left out (null in arrays), dates become ISO strings, and `toJSON` is called.
 */
export function writeJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = isPlain(value) ? JSON.stringify(value) : unmarkText(JSON.stringify(value, careful) ?? "");
  } catch (error) {
    if (error instanceof EnvelopeError) throw error;
    throw unbuildable(reasonOf(error), error);
  }
  if (json && nestsTooDeeply(json)) throw unbuildable(TOO_DEEP);
  if (json) return json;
  throw unbuildable(`A message's data cannot be ${typeof value}; publish null to send a message without data.`);
}

/** Whether `JSON.stringify` alone writes the value correctly. False is always safe, but slower. */
function isPlain(value: unknown): boolean {
  try {
    return isPlainValue(value);
  } catch {
    // The value is circular, too deep, or has a getter that throws. The slow path finds out which.
    return false;
  }
}

function isPlainValue(value: unknown): boolean {
  if (typeof value === "number") return isPlainNumber(value);
  if (typeof value !== "object" || value === null) return typeof value !== "bigint";
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item !== "string" && !isPlainValue(item)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isPlainInstance(value)) return false;
  const members = value as Readonly<Record<string, unknown>>;
  for (const key in members) {
    const member = members[key];
    if (typeof member !== "string" && !isPlainValue(member)) return false;
  }
  return value instanceof Date || typeof (value as { toJSON?: unknown }).toJSON !== "function";
}

function isPlainNumber(value: number): boolean {
  if (value === 0) return 1 / value > 0;
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function isPlainInstance(value: object): boolean {
  return !types.isBoxedPrimitive(value) && refusalOf(value) === undefined;
}

/** `JSON.stringify` calls this for each member, after `toJSON`; `this` holds the original member. */
function careful(this: unknown, key: string, value: unknown): unknown {
  const before = (this as Readonly<Record<string, unknown>>)[key];
  const original = Buffer.isBuffer(before) || types.isDate(before) ? before : value;
  const refusal = typeof original === "object" && original !== null ? refusalOf(original) : undefined;
  if (refusal) throw unbuildable(`${placeOf(key)} is ${refusal}.`);
  const bare: unknown = types.isBoxedPrimitive(value) ? value.valueOf() : value;
  if (typeof bare === "bigint") return mark(integerText(key, bare));
  if (typeof bare === "number" && !isPlainNumber(bare)) return mark(numberText(bare));
  return bare;
}

function integerText(key: string, value: bigint): string {
  const text = value.toString();
  if (text.length - (value < 0n ? 1 : 0) <= MAX_INTEGER_DIGITS) return text;
  throw unbuildable(`${placeOf(key)} is an integer of more than ${MAX_INTEGER_DIGITS} digits; send it as a string.`);
}

/** The same text as Python's `repr` for this float. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "-0.0";
  return Math.abs(value) < 1e16 ? `${value}.0` : value.toExponential();
}

const REFUSED: readonly (readonly [is: (value: object) => boolean, what: string])[] = [
  [types.isMap, "a Map, which JSON would lose; use Object.fromEntries(map)"],
  [types.isSet, "a Set, which JSON would lose; use [...set]"],
  [
    Buffer.isBuffer,
    'a Buffer, which JSON would damage; use buffer.toString("base64"), or publish it alone with RawBytes',
  ],
  [ArrayBuffer.isView, "a typed array, which JSON would damage; use Array.from(array)"],
  [types.isAnyArrayBuffer, "an ArrayBuffer, which JSON would lose; send it as a base64 string"],
  [types.isPromise, "a promise, which JSON would lose; await it first"],
  [types.isNativeError, "an error, which JSON would lose; use String(error)"],
  [types.isRegExp, "a regular expression, which JSON would lose; use its source"],
  [types.isWeakMap, "a WeakMap, which JSON would lose"],
  [types.isWeakSet, "a WeakSet, which JSON would lose"],
  [(value) => types.isDate(value) && Number.isNaN(value.getTime()), "an invalid date"],
];

/** Which object JSON would change silently, and what to send instead; undefined if it can be written. */
function refusalOf(value: object): string | undefined {
  return REFUSED.find(([is]) => is(value))?.[1];
}

function placeOf(key: string): string {
  return key === "" ? "A message's data" : `The member "${key}" of a message's data`;
}

const TOO_DEEP = "A message's data is nested too deeply for JSON. Flatten it, or send it as a string.";

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return TOO_DEEP;
  if (error instanceof TypeError && error.message.includes("circular")) {
    return "A message's data refers to itself, which JSON cannot express. Publish a copy without the circular reference.";
  }
  return "A message's data cannot be written as JSON: one of its getters or its toJSON() threw.";
}
