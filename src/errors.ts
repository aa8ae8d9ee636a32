/**
 * The class of every error that this package throws, and safe functions to read what was thrown.
 *
 * Anything can be thrown: a frozen error, a symbol, an object whose members throw when they are read, a revoked proxy. Read a thrown value
 * only with the functions here. They never throw.
 */
import { types } from "node:util";

/** The options of every error of this package. */
export interface ErrorOptions {
  /** The error that led to this one, unchanged. */
  readonly cause?: unknown;
}

/**
 * The class of every error that this package throws. The `code` never changes: `ERR_` and upper-case words (`ERR_AMQP_UNROUTABLE`).
 * `docs/errors.md` explains each code. Check the `code` and not `instanceof`: two copies of a package have different classes.
 */
export class TomodachiError extends Error {
  /** The stable code of the error, such as `ERR_AMQP_UNROUTABLE`. */
  readonly code: string;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A member of any value; undefined if it does not exist, or if reading it throws. */
export function memberOf(value: unknown, name: string): unknown {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return undefined;
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/** A member of any value, if it is a string. */
export function textMemberOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === "string" ? member : undefined;
}

/** Whether the value is an error, also one of another realm; false if it cannot be examined. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || isInstance(value, Error);
}

/** Like `instanceof`, but never throws: a revoked proxy throws when it is asked for its prototype. */
export function isInstance<T>(value: unknown, type: abstract new (...parameters: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** Whether a thrown value has this code, whichever copy of the package made it. */
export function hasCode(error: unknown, code: string): boolean {
  return memberOf(error, "code") === code;
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  if (!isError(error)) return textOf(error);
  // A program can use any value as a message.
  const message = memberOf(error, "message");
  return textOf(message || memberOf(error, "name") || "Error");
}

/** The message without its full stop, for use inside a sentence. */
export function clauseOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, "");
}

/** The name of the error's class; for a value that is not an object, the name of its type. */
export function classNameOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return typeof error;
  return textMemberOf(memberOf(error, "constructor"), "name") || "Object";
}

/** Converts any value to a string. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "something that cannot be converted to a string";
  }
}

/** `Array.isArray` that never throws. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
