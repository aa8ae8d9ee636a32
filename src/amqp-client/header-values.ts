/**
 * Checks the headers of a message before it is sent: what AMQP cannot carry is named with its path. One walk checks and
 * counts the bytes; it allocates nothing unless something is wrong.
 */
import { isExactText, textOctets } from "../amqp-wire/escaped-text.ts";
import { isTyped, typedProblem } from "./session/typed-values.ts";

/** How deep tables and lists may be nested; a value that contains itself is deeper than any number. */
export const maxHeaderDepth = 32;

const maxNameBytes = 255;
const longestInteger = 2n ** 63n;

/** A value that cannot be sent. Its path is completed while the error passes the tables around the value. */
export class UnfitHeader extends Error {
  path = "";

  constructor(why: string) {
    super(why);
    this.name = "UnfitHeader";
  }

  within(step: string): this {
    this.path = step + this.path;
    return this;
  }
}

/**
 * The most bytes that a table takes on the wire, its own length included.
 *
 * @throws UnfitHeader for the first value that AMQP cannot carry
 */
export function headerBytes(table: Readonly<Record<string, unknown>>): number {
  if (!isPlain(table)) throw new UnfitHeader(`is ${kindOf(table)}; ${cureFor(table)}`);
  return tableBytes(table, 0);
}

function tableBytes(table: Readonly<Record<string, unknown>>, depth: number): number {
  if (depth > maxHeaderDepth)
    throw new UnfitHeader(`is nested deeper than ${maxHeaderDepth} levels, or contains itself`);
  let bytes = 4;
  // Own and enumerable, as they are encoded. A table has no inherited members: only plain objects get here.
  for (const name in table) {
    const value = table[name];
    // Left out, as JSON does.
    if (value === undefined) continue;
    try {
      bytes += 1 + nameBytes(name) + valueBytes(value, depth);
    } catch (error) {
      throw asUnfit(error).within(`[${JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name)}]`);
    }
  }
  return bytes;
}

function listBytes(list: readonly unknown[], depth: number): number {
  if (depth > maxHeaderDepth)
    throw new UnfitHeader(`is nested deeper than ${maxHeaderDepth} levels, or contains itself`);
  let bytes = 4;
  for (let index = 0; index < list.length; index++) {
    try {
      bytes += valueBytes(list[index], depth);
    } catch (error) {
      throw asUnfit(error).within(`[${index}]`);
    }
  }
  return bytes;
}

function nameBytes(name: string): number {
  const bytes = textBytes(name);
  if (bytes > maxNameBytes) throw new UnfitHeader(`has a name of ${bytes} bytes; AMQP allows ${maxNameBytes}`);
  return bytes;
}

/** The type's byte and the value; numbers count as their longest form. */
function valueBytes(value: unknown, depth: number): number {
  switch (typeof value) {
    case "string":
      return 5 + textBytes(value);
    case "number":
      if (Number.isFinite(value)) return 9;
      throw new UnfitHeader(`is ${value}; a header's number must be finite`);
    case "boolean":
      return 2;
    case "bigint":
      if (value >= -longestInteger && value < longestInteger) return 9;
      throw new UnfitHeader("is an integer of more than 64 bits; send it as a string");
    case "object":
      return value === null ? 1 : objectBytes(value, depth);
    case "undefined":
      throw new UnfitHeader("is undefined; a list has no empty places, send null");
    default:
      throw new UnfitHeader(`is a ${typeof value}, which AMQP cannot carry`);
  }
}

function objectBytes(value: object, depth: number): number {
  if (Array.isArray(value)) return 1 + listBytes(value, depth + 1);
  if (Buffer.isBuffer(value)) return 5 + value.length;
  if (isPlain(value) && isTyped(value)) return typedBytes(value);
  if (isPlain(value)) return 1 + tableBytes(value as Readonly<Record<string, unknown>>, depth + 1);
  throw new UnfitHeader(`is ${kindOf(value)}; ${cureFor(value)}`);
}

/** The longest typed values take eight bytes after their letter. */
function typedBytes(value: object): number {
  const problem = typedProblem(value);
  if (problem !== undefined) throw new UnfitHeader(`is ${problem}`);
  return 9;
}

/** Objects of another realm, as tests and workers have them, are plain as well: their prototype has none itself. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function kindOf(value: object): string {
  const name: unknown = (value as { readonly constructor?: { readonly name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name.slice(0, 60)}` : "not a plain object";
}

function cureFor(value: object): string {
  if (value instanceof Date) return "send its toISOString(), or a number";
  if (value instanceof Map) return "send Object.fromEntries() of it";
  if (value instanceof Set) return "send it as a list";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "send bytes as a Buffer (Buffer.from())";
  return "send strings, numbers, booleans, null, bytes (Buffer), lists and plain objects";
}

/** Bytes on the wire; a string with half a character would arrive altered. One that was read from bytes keeps these bytes. */
function textBytes(text: string): number {
  if (!isExactText(text)) throw new UnfitHeader("holds half a character (a lone surrogate)");
  return textOctets(text);
}

/** A getter or a proxy may throw anything. */
function asUnfit(error: unknown): UnfitHeader {
  return error instanceof UnfitHeader ? error : new UnfitHeader("cannot be read: its getter or proxy throws");
}
