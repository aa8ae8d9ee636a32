/** Strict base64: what Node would pass over in silence is refused. */
import { excerpt, unreadable } from "./errors.ts";

/** Bytes of standard base64 with padding; line breaks and blanks are passed over. `what` names the text in the error. */
export function fromBase64(text: string, what: string): Buffer {
  const line = /[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]+/g, "") : text;
  const bytes = Buffer.from(line, "base64");
  const padding = line.endsWith("==") ? 2 : line.endsWith("=") ? 1 : 0;
  // Node passes over foreign characters and stops at inner padding: then there are too few bytes. It also takes - for + and _ for /.
  const whole = line.length % 4 === 0 && bytes.length === (line.length / 4) * 3 - padding && !/[-_]/.test(line);
  if (!whole) throw unreadable(`${what} is not base64: ${excerpt(text)}`);
  return bytes;
}
