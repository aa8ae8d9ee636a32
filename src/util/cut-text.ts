/** Shortens strings for places with a limited number of bytes. */

/** At most this many bytes of UTF-8; it ends between two characters. */
export function cutText(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
