/** Marks: strings that stand for values which JSON cannot express, so that the native parser and writer can do the work. */
import { randomBytes } from "node:crypto";

// Random for each process and never shown, so no payload can contain a mark. 96 bits, short because each marked word repeats it.
const SECRET = randomBytes(12).toString("base64url");
const MARKED = new RegExp(`"${SECRET}:([^"]*)"`, "g");

/** The longest integer Python reads; turning longer ones into numbers takes too long to be safe. */
export const MAX_INTEGER_DIGITS = 4300;

/** The string that represents a bare word such as `NaN` or a number that must be written unchanged. */
export function mark(word: string): string {
  return `${SECRET}:${word}`;
}

/** The word that a string represents, or undefined for an ordinary string. */
export function markedWord(text: string): string | undefined {
  return text.startsWith(SECRET) ? text.slice(SECRET.length + 1) : undefined;
}

/** JSON text with every mark replaced by its bare word. */
export function unmarkText(json: string): string {
  return json.replace(MARKED, "$1");
}
