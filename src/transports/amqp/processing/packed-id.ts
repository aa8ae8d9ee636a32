/** Ids of messages in 16 bytes each, for any length. */
import { hash } from "node:crypto";

/** 32-bit words of a packed id. */
export const packedWords = 4;

const uuidLength = 36;
const dash = 0x2d;
const dot = 0x2e;
/** The value of any character but a lower-case hexadecimal digit: a bit above those of four digits. */
const noDigit = 0x1_0000;
/** Odd, so that multiplying by it loses nothing. */
const senderFactor = 0x9e3779b1;

/** The value of each lower-case hexadecimal digit, by its character code. */
const digitValues: Uint32Array = digits();

/**
 * Writes the id into the first four words of `into`.
 *
 * A UUID in its usual form (lower case, with dashes) is stored exactly. An id of JsonBase and ProtobufBase is two UUIDs, of the
 * sender and of the message, with a dot between them. They are combined so that no two ids of one sender are the same. Every other
 * string becomes the first 16 bytes of its SHA-256 digest. So a sender cannot choose an id that collides with another one.
 */
export function packId(id: string, into: Uint32Array): void {
  if (id.length === uuidLength && packUuid(id, 0, into)) return;
  if (id.length !== 2 * uuidLength + 1 || !packPair(id, into)) packDigest(id, into);
}

function packPair(id: string, into: Uint32Array): boolean {
  if (id.charCodeAt(uuidLength) !== dot || !packUuid(id, 0, into)) return false;
  const first = into[0] as number;
  const second = into[1] as number;
  const third = into[2] as number;
  const fourth = into[3] as number;
  if (!packUuid(id, uuidLength + 1, into)) return false;
  into[0] = (into[0] as number) ^ Math.imul(first, senderFactor);
  into[1] = (into[1] as number) ^ Math.imul(second, senderFactor);
  into[2] = (into[2] as number) ^ Math.imul(third, senderFactor);
  into[3] = (into[3] as number) ^ Math.imul(fourth, senderFactor);
  return true;
}

/** False if this is not a UUID in its usual form. */
function packUuid(id: string, at: number, into: Uint32Array): boolean {
  if (id.charCodeAt(at + 8) !== dash || id.charCodeAt(at + 13) !== dash) return false;
  if (id.charCodeAt(at + 18) !== dash || id.charCodeAt(at + 23) !== dash) return false;
  const a = digitsAt(id, at);
  const b = digitsAt(id, at + 4);
  const c = digitsAt(id, at + 9);
  const d = digitsAt(id, at + 14);
  const e = digitsAt(id, at + 19);
  const f = digitsAt(id, at + 24);
  const g = digitsAt(id, at + 28);
  const h = digitsAt(id, at + 32);
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

/** The value of four digits; `noDigit` or more if one of them is not a digit. */
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
