/** Ids of messages in 16 bytes each, whatever their length. */
import { hash } from "node:crypto";

/** 32-bit words of a packed id. */
export const packedWords = 4;

const dash = 0x2d;
/** The value of what is no lower-case hexadecimal digit: a bit above those of four digits. */
const noDigit = 0x1_0000;

/** The value of each lower-case hexadecimal digit, by its character code. */
const digitValues: Uint32Array = digits();

/**
 * Writes the id into the first four words of `into`. A UUID in its usual form (lower case, with dashes) is stored exactly.
 * Every other string becomes the first 16 bytes of its SHA-256 digest, so nobody can choose an id that hides another message.
 */
export function packId(id: string, into: Uint32Array): void {
  if (id.length !== 36 || !packUuid(id, into)) packDigest(id, into);
}

/** False when the string is no UUID in its usual form. */
function packUuid(id: string, into: Uint32Array): boolean {
  if (id.charCodeAt(8) !== dash || id.charCodeAt(13) !== dash) return false;
  if (id.charCodeAt(18) !== dash || id.charCodeAt(23) !== dash) return false;
  const [a, b, c, d] = [digitsAt(id, 0), digitsAt(id, 4), digitsAt(id, 9), digitsAt(id, 14)];
  const [e, f, g, h] = [digitsAt(id, 19), digitsAt(id, 24), digitsAt(id, 28), digitsAt(id, 32)];
  into[0] = (a << 16) | b;
  into[1] = (c << 16) | d;
  into[2] = (e << 16) | f;
  into[3] = (g << 16) | h;
  return (a | b | c | d | e | f | g | h) < noDigit;
}

function packDigest(id: string, into: Uint32Array): void {
  const digest = hash("sha256", id, "hex");
  for (let word = 0; word < packedWords; word++) {
    into[word] = (digitsAt(digest, word * 8) << 16) | digitsAt(digest, word * 8 + 4);
  }
}

/** The value of four digits; `noDigit` or more when one of them is none. */
function digitsAt(text: string, at: number): number {
  const first = digitOf(text.charCodeAt(at));
  const second = digitOf(text.charCodeAt(at + 1));
  const third = digitOf(text.charCodeAt(at + 2));
  const fourth = digitOf(text.charCodeAt(at + 3));
  const wrong = (first | second | third | fourth) & noDigit;
  return ((first & 0xf) << 12) | ((second & 0xf) << 8) | ((third & 0xf) << 4) | (fourth & 0xf) | wrong;
}

function digitOf(code: number): number {
  return code < digitValues.length ? (digitValues[code] as number) : noDigit;
}

function digits(): Uint32Array {
  const values = new Uint32Array(128).fill(noDigit);
  for (const [value, digit] of [..."0123456789abcdef"].entries()) values[digit.charCodeAt(0)] = value;
  return values;
}
