/** Lines on standard output: on a terminal they are broken between words. */
import { hidePasswords } from "../../log/hide-passwords.ts";
import { printable } from "../../util/printable.ts";
import { wrapWords } from "../../util/wrap-words.ts";

/** Programs and files get whole lines. A terminal that does not know its width says 0. */
export function writeLines(lines: readonly string[], stream: NodeJS.WriteStream = process.stdout): void {
  const columns = stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
  for (const line of lines) {
    for (const part of wrapWords(hidePasswords(printable(line)), columns)) stream.write(`${part}\n`);
  }
}

/** One line of JSON after the other, never broken. */
export function writeJson(document: unknown): void {
  for (const line of JSON.stringify(document, null, 2).split("\n")) {
    process.stdout.write(`${hidePasswords(printable(line))}\n`);
  }
}
