/** JSON laid out for an editor and back, token by token: numbers and strings are not changed. */

/** Strings, punctuation, and words such as numbers and true. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Whether it is JSON. */
export function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** On several lines, with two spaces for each level; undefined for what is not an object or a list. */
export function indentedJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text) || !isJsonText(text)) return undefined;
  let depth = 0;
  let out = "";
  let before = "";
  for (const [word] of text.matchAll(token)) {
    const closes = word === "}" || word === "]";
    if (closes) depth--;
    const isFirst = before === "{" || before === "[";
    if (closes ? !isFirst : isFirst || before === ",") out += `\n${"  ".repeat(depth)}`;
    out += word === ":" ? ": " : word;
    if (word === "{" || word === "[") depth++;
    before = word;
  }
  return `${out}\n`;
}

/** The same without white space between the tokens. */
export function compactJson(text: string): string {
  return (text.match(token) ?? []).join("");
}
