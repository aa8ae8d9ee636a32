/** Lines for a terminal: broken between words, and continued below the text and not at the left edge. */

/** A first column, such as `    ok       ` or `      --id <id>   `, or an arrow; what follows is the text. */
const column = /^ *(?:\S+(?: \S+)* {2,}|-> )/;

/** What sets a colour or a style; it takes no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals begin a code with this character.
const style = /\u001b\[[\d;]*m/g;

/**
 * At most so many columns wide, except for a word that is longer.
 * @param continued how far to the right the text continues; by default below the text, or a little below it where that is far
 */
export function wrapWords(line: string, columns: number, continued?: number): readonly string[] {
  if (line.length <= columns) return [line];
  const text = line.replace(style, "");
  if (text.length <= columns) return [line];
  const indent = /^ */.exec(text)?.[0].length ?? 0;
  const start = column.exec(text)?.[0].length ?? indent;
  const isNarrow = start <= columns / 2;
  const hang = continued ?? (isNarrow ? start : Math.min(indent + 2, columns >> 1));
  const parts: (readonly [from: number, to: number])[] = [];
  let from = 0;
  let lead = 0;
  let least = isNarrow ? start : indent;
  while (lead + text.length - from > columns) {
    const end = from + columns - lead;
    const before = text.lastIndexOf(" ", end);
    const at = before > least ? before : text.indexOf(" ", Math.max(end, least));
    if (at === -1) break;
    parts.push([from, at]);
    from = at + (/^ */.exec(text.slice(at))?.[0].length ?? 0);
    lead = hang;
    least = from;
  }
  return withStyles(line, text, [...parts, [from, text.length]]).map((part, number) =>
    number === 0 ? part : " ".repeat(hang) + part,
  );
}

/** Parts of the text, with the codes that the line has in them. */
function withStyles(line: string, text: string, parts: readonly (readonly [from: number, to: number])[]): string[] {
  const codes: { readonly at: number; readonly code: string }[] = [];
  let removed = 0;
  for (const { 0: code, index } of line.matchAll(style)) {
    codes.push({ at: index - removed, code });
    removed += code.length;
  }
  return parts.map(([from, to], number) => {
    const isLast = number === parts.length - 1;
    let part = "";
    let done = from;
    while (codes[0] && (codes[0].at <= to || isLast)) {
      const { at, code } = codes.shift() as { at: number; code: string };
      part += text.slice(done, Math.max(done, at)) + code;
      done = Math.max(done, at);
    }
    return (part + text.slice(done, to)).trimEnd();
  });
}
