/** Text as a terminal may have it. Names, keys and errors are anybody's choice, and a terminal obeys control characters. */

/** Control characters, those that turn the direction of text or show nothing, half characters, and separators of lines. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** On one line: what a terminal would obey is written as an escape, such as `\n` and `\u001b`. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** The same for a string of several lines. Each line after the first is indented, so that none looks like a separate line. */
export function printableLines(text: string): string {
  return text
    .split("\n")
    .map((line, at) => (at === 0 || /^ {2}/.test(line) ? printable(line) : `  ${printable(line)}`))
    .join("\n");
}

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
