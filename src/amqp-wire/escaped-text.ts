/**
 * Strings whose bytes are not UTF-8, kept exactly. Each byte that does not fit becomes a lone surrogate, U+DC80 to U+DCFF,
 * and is written as that byte again. Python does the same ("surrogateescape", PEP 383). No UTF-8 text decodes to such a
 * surrogate, so nothing else is changed.
 */
import { isUtf8 } from "node:buffer";

const escapes = /(?<![\ud800-\udbff])[\udc80-\udcff]/;
const escapeRuns = /((?<![\ud800-\udbff])[\udc80-\udcff]+)/;
/** From this length on the check for UTF-8 costs less than reading each byte. */
const longText = 64;

/** The string of these bytes; never throws. */
export function decodeText(bytes: Buffer, start = 0, end: number = bytes.length): string {
  if (end - start < longText) {
    let at = start;
    while (at < end && (bytes[at] as number) < 0x80) at++;
    if (at === end) return bytes.toString("latin1", start, end);
  }
  const part = bytes.subarray(start, end);
  return isUtf8(part) ? part.toString("utf8") : escaped(part);
}

/** The bytes of a string, with escaped bytes as they were. */
export function encodeText(text: string): Buffer {
  if (!escapes.test(text)) return Buffer.from(text, "utf8");
  return Buffer.concat(
    text.split(escapeRuns).map((part, index) => Buffer.from(part, index % 2 === 1 ? "latin1" : "utf8")),
  );
}

/** Whether the bytes of a string are those that it was read from, or its UTF-8: it has no other half of a character. */
export function isExactText(text: string): boolean {
  // In every Node that we run on; not yet in the library types of ES2023.
  const isWellFormed = (one: string): boolean => (one as unknown as { isWellFormed(): boolean }).isWellFormed();
  return isWellFormed(text) || isWellFormed(text.replace(new RegExp(escapes, "g"), "?"));
}

/** The number of bytes that `encodeText` returns. */
export function textOctets(text: string): number {
  return escapes.test(text) ? encodeText(text).length : Buffer.byteLength(text);
}

function escaped(bytes: Buffer): string {
  let text = "";
  let clean = 0;
  for (let at = 0; at < bytes.length; ) {
    const size = characterSize(bytes, at);
    if (size > 0) {
      at += size;
      continue;
    }
    text += bytes.toString("utf8", clean, at) + String.fromCharCode(0xdc00 + (bytes[at] as number));
    at++;
    clean = at;
  }
  return text + bytes.toString("utf8", clean);
}

/** The number of bytes of the character that starts here; 0 if none does. */
function characterSize(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)) ? size : 0;
}
