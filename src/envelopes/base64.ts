/** Strict base64: what Node would pass over in silence is refused. */
import { excerpt, unreadable } from "./errors.ts";

/** Bytes of standard base64 with padding; line breaks and blanks are passed over. `what` names the text in the error. */
export function fromBase64(text: string, what: string): Buffer {
  // Node passes over blanks by itself. Taking them out of megabytes of text first would cost many times more.
  const bytes = Buffer.from(text, "base64");
  const { length, padding } = BLANK.test(text) ? measure(text) : { length: text.length, padding: paddingOf(text) };
  // Node passes over foreign characters and stops at inner padding: then there are too few bytes. It also takes - for + and _ for /.
  const whole = length % 4 === 0 && bytes.length === (length / 4) * 3 - padding && !/[-_]/.test(text);
  if (!whole) throw unreadable(`${what} is not base64: ${excerpt(text)}`);
  return bytes;
}

const BLANK = /[ \t\r\n]/;
const EQUALS = 0x3d;

/** Characters that are no blanks, and how many `=` are the last of them. */
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
