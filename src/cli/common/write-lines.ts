/** Writes lines to standard output. On a terminal they are wrapped between words. */
import { hidePasswords } from "../../log/hide-passwords.ts";
import { printable } from "../../util/printable.ts";
import { wrapWords } from "../../util/wrap-words.ts";

/** Programs and files get whole lines. A terminal that does not know its width reports 0. */
export function writeLines(lines: readonly string[], stream: NodeJS.WriteStream = process.stdout): void {
  const columns = stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
  for (const line of lines) {
    for (const part of wrapWords(hidePasswords(printable(line)), columns)) stream.write(`${part}\n`);
  }
}

/** Writes JSON on one line, which is never wrapped. */
export function writeJson(document: unknown): void {
  for (const line of JSON.stringify(document, null, 2).split("\n")) {
    process.stdout.write(`${hidePasswords(printable(line))}\n`);
  }
}
