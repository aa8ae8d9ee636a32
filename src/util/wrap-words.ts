/** Lines for a terminal: broken between words, and continued below the text and not at the left edge. */

/** A first column, such as `    ok       ` or `      --id <id>   `, or an arrow; what follows is the text. */
const column = /^ *(?:\S+(?: \S+)* {2,}|-> )/;

/** At most so many columns wide, except for a word that is longer. */
export function wrapWords(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line];
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  const start = column.exec(line)?.[0].length ?? indent;
  const isNarrow = start <= columns / 2;
  const hang = " ".repeat(isNarrow ? start : Math.min(indent + 2, columns >> 1));
  const lines: string[] = [];
  let rest = line;
  let fixed = isNarrow ? start : indent;
  while (rest.length > columns) {
    const before = rest.lastIndexOf(" ", columns);
    const at = before > fixed ? before : rest.indexOf(" ", Math.max(columns, fixed));
    if (at === -1) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = hang + rest.slice(at).trimStart();
    fixed = hang.length;
  }
  return [...lines, rest];
}
