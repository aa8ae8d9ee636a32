/** Reads JSON that Python wrote, without changing a number: large integers become `bigint`, and NaN and Infinity are read. */
import { DEFAULT_MAX_VALUES, tooManyValues } from "./data-limit.ts";
import { EnvelopeError, excerpt, unreadable } from "./errors.ts";
import { MAX_INTEGER_DIGITS, mark, markedWord } from "./json-marks.ts";
import { rewriteJson } from "./json-segments.ts";
import { MAX_JSON_DEPTH, shapeProblem } from "./json-shape.ts";

/**
 * Like `JSON.parse`, with additions: an integer outside the safe range becomes an exact `bigint`, and `NaN`, `Infinity` and `-Infinity` are
 * read. More than 1000 levels or more than `maxValues` values are refused before anything is parsed. A member named `__proto__` is an
 * ordinary member. `what` names the input in the error.
 */
export function readJson(text: string, what: string, maxValues: number = DEFAULT_MAX_VALUES): unknown {
  const problem = shapeProblem(text, maxValues);
  if (problem === "depth") {
    throw unreadable(`${what} is nested too deeply, beyond ${MAX_JSON_DEPTH} levels: ${excerpt(text)}`);
  }
  if (problem === "values") throw tooManyValues(what, maxValues, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return readMarked(text, what, error);
  }
  return mayHoldLargeInteger(text) ? readMarked(text, what, undefined, value) : value;
}

/** Parses again, with a mark for every word that `JSON.parse` refuses or rounds. If there is no such word, the first result is used. */
function readMarked(text: string, what: string, failure: unknown, value?: unknown): unknown {
  const marked = rewriteJson(text, markWords);
  if (marked === text) {
    if (failure === undefined) return value;
    throw unreadable(`${what} is not JSON: ${excerpt(text)}`, failure);
  }
  try {
    return unmarkAll(JSON.parse(marked));
  } catch (error) {
    if (error instanceof EnvelopeError) throw error;
    // Other messages of the second attempt would show marks, so the error of the first attempt is the cause.
    const reason = error instanceof RangeError ? "is nested too deeply" : "is not JSON";
    throw unreadable(`${what} ${reason}: ${excerpt(text)}`, failure);
  }
}

/** Works in place and without a reviver function: a function passed to `JSON.parse` makes it many times slower. */
function unmarkAll(value: unknown): unknown {
  if (typeof value === "string") return unmark(value);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const item: unknown = value[at];
      if (typeof item === "string" || typeof item === "object") value[at] = unmarkAll(item);
    }
  } else if (typeof value === "object" && value !== null) {
    const members = value as Record<string, unknown>;
    for (const key of Object.keys(members)) {
      const member = members[key];
      // A member named __proto__ is the object's own member, so this sets it and does not change the prototype.
      if (typeof member === "string" || typeof member === "object") members[key] = unmarkAll(member);
    }
  }
  return value;
}

/** The words of Python, and long runs of digits that `JSON.parse` may round. */
const WORD = /NaN|-?Infinity|-?[1-9]\d{15,}/g;
const BEFORE_COLON = /[ \t\r\n]*:/y;

function markWords(segment: string): string {
  return segment.replace(WORD, markWord);
}

/** The characters around a word decide: part of a longer number is not changed, and invalid JSON must stay invalid. */
function markWord(word: string, at: number, segment: string): string {
  const end = at + word.length;
  if (!standsAlone(segment.charAt(at - 1), segment.charAt(end)) || isKey(segment, end)) return word;
  if (word.endsWith("N")) return MARKED_NAN;
  // A number larger than every double, which `JSON.parse` reads as infinity.
  if (word.endsWith("y")) return word.startsWith("-") ? "-1e999" : "1e999";
  return Number.isSafeInteger(Number(word)) ? word : `"${mark(word)}"`;
}

/** Whether a bare word is in the place of a key. The character after it decides for most words. */
function isKey(segment: string, end: number): boolean {
  const code = segment.charCodeAt(end);
  if (code === COMMA || code === CLOSE_LIST || code === CLOSE_OBJECT) return false;
  BEFORE_COLON.lastIndex = end;
  return BEFORE_COLON.test(segment);
}

const COMMA = 0x2c;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;
const NAN_MARK = mark("NaN");
const MARKED_NAN = `"${NAN_MARK}"`;

function unmark(text: string): unknown {
  if (text === NAN_MARK) return Number.NaN;
  const word = markedWord(text);
  if (word === undefined) return text;
  const digits = word.startsWith("-") ? word.length - 1 : word.length;
  if (digits <= MAX_INTEGER_DIGITS) return BigInt(word);
  throw unreadable(`An integer of ${digits} digits is too long to read: ${excerpt(word)}`);
}

const LARGE = 16;

/**
 * Whether the string may contain an integer of 16 digits or more. Such a run covers one of every sixteen positions, so checking those
 * positions is enough. A run beside a character that cannot be next to an integer (a quote, a dot) is skipped.
 */
function mayHoldLargeInteger(text: string): boolean {
  for (let at = LARGE - 1; at < text.length; at += LARGE) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let start = at;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end - start >= LARGE && standsAlone(text.charAt(start - 1), text.charAt(end))) return true;
    at = Math.max(at, end - LARGE);
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function standsAlone(before: string, after: string): boolean {
  return " \t\r\n,:[-".includes(before) && " \t\r\n,]}".includes(after);
}
