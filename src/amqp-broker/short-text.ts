/** Cuts a text to what a short string can hold. */

const most = 255;

/** At most 255 octets of UTF-8; a longer one ends with three dots. */
export function shortText(text: string): string {
  if (Buffer.byteLength(text) <= most) return text;
  let cut = text.slice(0, most - 3);
  while (Buffer.byteLength(cut) > most - 3) cut = cut.slice(0, -1);
  return `${cut}...`;
}
