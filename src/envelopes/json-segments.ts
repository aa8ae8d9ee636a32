/** Splits JSON into strings and the parts between them. */

/** Rewrites the strings (with their quotes) and the text between them. Without `inside`, strings stay as they are. */
export function rewriteJson(
  json: string,
  between: (segment: string) => string,
  inside?: (text: string) => string,
): string {
  let rewritten = "";
  let at = 0;
  while (at < json.length) {
    const open = json.indexOf('"', at);
    if (open === -1) return rewritten + between(json.slice(at));
    if (open > at) rewritten += between(json.slice(at, open));
    at = endOfString(json, open);
    const text = json.slice(open, at);
    rewritten += inside ? inside(text) : text;
  }
  return rewritten;
}

/** The position after the quote that closes the string opened at `open`; the end of the text if no quote closes it. */
function endOfString(json: string, open: number): number {
  let quote = json.indexOf('"', open + 1);
  while (quote !== -1 && isEscaped(json, quote)) quote = json.indexOf('"', quote + 1);
  return quote === -1 ? json.length : quote + 1;
}

function isEscaped(json: string, at: number): boolean {
  let slash = at - 1;
  while (json[slash] === "\\") slash--;
  return (at - slash) % 2 === 0;
}
