/** Cuts a string to what a short string can hold. */

const most = 255;
const dots = "...";

/** At most 255 bytes of UTF-8; a longer one ends with three dots. */
export function shortText(text: string): string {
  const octets = Buffer.from(text);
  if (octets.length <= most) return text;
  // As a stream, so that a character that was cut in two is left out.
  return new TextDecoder().decode(octets.subarray(0, most - dots.length), { stream: true }) + dots;
}
