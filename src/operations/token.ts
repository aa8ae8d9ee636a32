/** Whether a request has the token that changes need. */
import { createHash, timingSafeEqual } from "node:crypto";

/** Compares in constant time, which reveals nothing about the token: both are hashed first, so that their lengths are equal. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
  return given !== undefined && timingSafeEqual(hashOf(given), hashOf(token));
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
