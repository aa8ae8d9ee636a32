/** Marks: strings for values that JSON cannot express, so that the native parser and writer do the work. */
import { randomBytes } from "node:crypto";

// Drawn at each start and never shown, so no payload can carry one. 96 bits; short, because each marked word repeats it.
const SECRET = randomBytes(12).toString("base64url");
const MARKED = new RegExp(`"${SECRET}:([^"]*)"`, "g");

/** The longest integer Python reads; turning longer ones into numbers takes too long to be safe. */
export const MAX_INTEGER_DIGITS = 4300;

/** The string that stands for a bare word such as `NaN` or a number that must be written as it is. */
export function mark(word: string): string {
  return `${SECRET}:${word}`;
}

/** The word a string stands for, or undefined when it is an ordinary string. */
export function markedWord(text: string): string | undefined {
  return text.startsWith(SECRET) ? text.slice(SECRET.length + 1) : undefined;
}

/** JSON text with every mark replaced by the bare word it stands for. */
export function unmarkText(json: string): string {
  return json.replace(MARKED, "$1");
}
