/** Strict base64: it refuses input that Node would ignore. */
import { excerpt, unreadable } from "./errors.ts";

/** Decodes standard base64 with padding. Line breaks and spaces are ignored. `what` names the text in the error. */
export function fromBase64(text: string, what: string): Buffer {
  // Node ignores spaces itself. Removing them first from megabytes of text would take much longer.
  const bytes = Buffer.from(text, "base64");
  const { length, padding } = BLANK.test(text) ? measure(text) : { length: text.length, padding: paddingOf(text) };
  // Node ignores other characters and stops at padding in the middle: then there are too few bytes. It also accepts - for + and _ for /.
  const whole = length % 4 === 0 && bytes.length === (length / 4) * 3 - padding && !/[-_]/.test(text);
  if (!whole) throw unreadable(`${what} is not base64: ${excerpt(text)}`);
  return bytes;
}

const BLANK = /[ \t\r\n]/;
const EQUALS = 0x3d;

/** How many characters are not spaces, and how many `=` are at the end. */
function measure(text: string): { readonly length: number; readonly padding: number } {
  let length = 0;
  let padding = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d) continue;
    length++;
    padding = code === EQUALS ? padding + 1 : 0;
  }
  return { length, padding: Math.min(padding, 2) };
}

function paddingOf(text: string): number {
  return text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
}
