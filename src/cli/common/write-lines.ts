/** Writes lines to standard output. On a terminal they are wrapped between words. */
import { hidePasswords } from "../../log/hide-passwords.ts";
import { printable } from "../../util/printable.ts";
import { wrapWords } from "../../util/wrap-words.ts";

/** How wide lines may be. Programs and files get whole lines, and a terminal that does not know its width reports 0. */
export function columnsOf(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
}

export function writeLines(lines: readonly string[], stream: NodeJS.WriteStream = process.stdout): void {
  const columns = columnsOf(stream);
  for (const line of lines) {
    for (const part of wrapWords(hidePasswords(printable(line)), columns)) stream.write(`${part}\n`);
  }
}

/** Lines with colours that are safe to write, such as those of an error or of a start. */
export function writeStyled(lines: readonly string[], stream: NodeJS.WriteStream): void {
  const columns = columnsOf(stream);
  for (const line of lines) {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    for (const part of wrapWords(line, columns, indent + 4)) stream.write(`${part}\n`);
  }
}

/** Writes a JSON document, whose lines are never wrapped. */
export function writeJson(document: unknown): void {
  for (const line of JSON.stringify(document, null, 2).split("\n")) {
    process.stdout.write(`${hidePasswords(printable(line))}\n`);
  }
}
