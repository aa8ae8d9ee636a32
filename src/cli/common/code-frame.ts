/** The lines around a position in a file, with a mark below the column. */

const before = 2;
const after = 1;

/** Line and column count from 1. Empty if the file has no such line. */
export function codeFrame(source: string, line: number, column?: number): string {
  const lines = source.split(/\r?\n/);
  if (lines[line - 1] === undefined || lines[line - 1]?.trim() === "") return "";
  const first = Math.max(1, line - before);
  const last = Math.min(lines.length, line + after);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? "";
    if (number === lines.length && text === "") break;
    shown.push(`  ${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`.trimEnd());
    // Tabs stay tabs, so that the mark is below its character.
    const indent = text.slice(0, (column ?? 1) - 1).replace(/[^\t]/g, " ");
    if (number === line && column !== undefined) shown.push(`    ${" ".repeat(width)} | ${indent}^`);
  }
  return shown.join("\n");
}
