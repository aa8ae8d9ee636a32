// What people read in a file: the comments and strings of TypeScript, the sentences of Markdown. Everything else is blanked out.
import { type Piece, scanSource } from "../layers/scan-source.ts";

/** The file with code blanked out: same length, same lines. In tests and examples only the strings that name a test are prose. */
export function proseOf(path: string, source: string): string {
  if (path.endsWith(".md")) return source.replace(/`[^`\n]*`|\]\([^)\n]*\)/g, blank);
  const isSource = path.startsWith("src/") && !path.endsWith(".test.ts");
  const { code, comments, strings, templates } = scanSource(source);
  // A string is found by its opening quote, a part of a template by its first character.
  const named = [...strings.map(({ at, value }) => ({ at: at + 1, value })), ...templates];
  const read = [...comments, ...named.filter(({ at }) => isSource || isTestName(code, at))];
  return overlay(blank(source), read).replace(/^[ \t]*(?:\*|\/\/)|`[^`\n]*`/gm, blank);
}

/** Whether the string whose first character this is names a test: the first argument of `it(...)`, or of `it.each(...)(...)`. */
function isTestName(code: string, at: number): boolean {
  return /(?:\b(?:it|test|describe\w*)(?:\.\w+)*|\))\(\s*["'`]$/.test(code.slice(Math.max(0, at - 80), at));
}

/** A line break stays, so that positions keep their line. Quotes and commas stay, so that two strings are not one sentence. */
function blank(text: string): string {
  return text.replace(/[^\n"',]/g, " ");
}

function overlay(blanked: string, pieces: readonly Piece[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const { at, value } of [...pieces].sort((a, b) => a.at - b.at)) {
    parts.push(blanked.slice(end, at), value);
    end = at + value.length;
  }
  return parts.join("") + blanked.slice(end);
}
