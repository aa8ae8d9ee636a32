/** Ids of messages in 16 bytes each, whatever their length. */
import { createHash } from "node:crypto";

/** 32-bit words of a packed id. */
export const packedWords = 4;

const uuidLength = 36;
const dash = 0x2d;
const notHex = 0xff;

/** The value of each lower-case hexadecimal digit, by its character code. */
const digitValues: Uint8Array = digits();

/**
 * Writes the id into the first four words of `into`. A UUID in its usual form (lower case, with dashes) is stored exactly.
 * Every other string becomes the first 16 bytes of its SHA-256 digest, so nobody can choose an id that hides another message.
 */
export function packId(id: string, into: Uint32Array): void {
  if (id.length !== uuidLength || !packUuid(id, into)) packDigest(id, into);
}

/** False when the string is no UUID in its usual form. */
function packUuid(id: string, into: Uint32Array): boolean {
  let value = 0;
  let count = 0;
  for (let at = 0; at < uuidLength; at++) {
    const code = id.charCodeAt(at);
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== dash) return false;
      continue;
    }
    const digit = code < digitValues.length ? (digitValues[code] as number) : notHex;
    if (digit === notHex) return false;
    value = (value << 4) | digit;
    if (++count % 8 === 0) into[count / 8 - 1] = value;
  }
  return true;
}

function packDigest(id: string, into: Uint32Array): void {
  const digest = createHash("sha256").update(id).digest();
  for (let word = 0; word < packedWords; word++) into[word] = digest.readUInt32LE(word * 4);
}

function digits(): Uint8Array {
  const values = new Uint8Array(128).fill(notHex);
  for (const [value, digit] of [..."0123456789abcdef"].entries()) values[digit.charCodeAt(0)] = value;
  return values;
}
