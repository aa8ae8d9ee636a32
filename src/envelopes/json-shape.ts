/** The depth of JSON text and its number of values, found before it is parsed, because parsing creates objects for all of it. */

/** Python's reader gives up at about the same depth. In deeper data, recursive code overflows the stack. */
export const MAX_JSON_DEPTH = 1000;

/** Which limit JSON text exceeds; undefined if it may be parsed. */
export type ShapeProblem = "depth" | "values";

/**
 * Counts brackets and commas outside strings, and stops at the first limit that is exceeded. Text that is too short for that is not
 * examined, and for text of a usual size only the first brackets are counted.
 */
export function shapeProblem(text: string, maxValues: number): ShapeProblem | undefined {
  // A value takes at least two characters, with the comma or bracket beside it. A level also takes two: its brackets.
  const mayHoldTooMany = text.length >= 2 * maxValues;
  if (!mayHoldTooMany && (text.length < 2 * MAX_JSON_DEPTH || !hasManyBrackets(text))) return undefined;
  return walk(text, maxValues);
}

/** Whether JSON text nests deeper than the limit. */
export function nestsTooDeeply(text: string): boolean {
  return shapeProblem(text, Number.POSITIVE_INFINITY) === "depth";
}

function hasManyBrackets(text: string): boolean {
  let brackets = 0;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++brackets > MAX_JSON_DEPTH) return true;
    }
  }
  return false;
}

function walk(text: string, maxValues: number): ShapeProblem | undefined {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values++;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      values++;
      if (++depth > MAX_JSON_DEPTH) return "depth";
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    if (values > maxValues) return "values";
  }
  return undefined;
}

/** The position of the quote that ends the string, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
