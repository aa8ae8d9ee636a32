/** JSON as Python's `json.dumps` writes it: ASCII only, `", "` and `": "` between members, small numbers as `1e-05`. */
import { rewriteJson } from "./json-segments.ts";

/** Rewrites compact JSON from `writeJson` into Python's form of the same value. */
export function toPythonJson(json: string): string {
  return rewriteJson(json, spaced, ascii);
}

/** Python's form if it has at least `length` characters, otherwise undefined. For most strings a quick count decides. */
export function pythonJsonOfLength(json: string, length: number): string | undefined {
  if (json.length * MAX_GROWTH < length || longestForm(json) < length) return undefined;
  const dump = toPythonJson(json);
  return dump.length >= length ? dump : undefined;
}

/** One character becomes at most six: `\u00f6`. */
const MAX_GROWTH = 6;

/**
 * An upper limit for the length of Python's form: a space after each comma and colon, one more digit in each exponent, and escapes for the
 * rest.
 */
function longestForm(json: string): number {
  let length = json.length;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === COMMA || code === COLON || code === MINUS) length++;
    else if (code > TILDE) length += MAX_GROWTH - 1;
  }
  return length;
}

const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const TILDE = 0x7e;

const NON_ASCII = /[^\x20-\x7e]/;
const EVERY_NON_ASCII = /[^\x20-\x7e]/g;
const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

function ascii(text: string): string {
  return NON_ASCII.test(text) ? text.replace(EVERY_NON_ASCII, escaped) : text;
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function spaced(segment: string): string {
  if (segment === ":") return ": ";
  if (segment === ",") return ", ";
  const wide = segment.replace(/[,:]/g, "$& ");
  return wide.includes("e-") || wide.includes("0.0000") ? wide.replace(NUMBER, pythonNumber) : wide;
}

/** Python uses exponents below 0.0001 (JavaScript below 0.000001), and writes them with at least two digits. */
function pythonNumber(text: string): string {
  const number = Number(text);
  if (number === 0 || Math.abs(number) >= 1e-4) return text;
  return number.toExponential().replace(/-(\d)$/, "-0$1");
}
