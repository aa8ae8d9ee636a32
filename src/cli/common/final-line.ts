/** The line with which a command says why it failed: `tomodachi: <message> (ERR_CODE)`. */
import { messageOf, textMemberOf } from "../../errors.ts";
import { foldedErrorFields } from "../../log/error-fields.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import { printableLines } from "../../util/printable.ts";

/** Below the first line come further lines of the message, such as the lines around a syntax error, and then `below`. */
export function finalLine(error: unknown, below: readonly string[] = []): string {
  return errorLine(messageOf(error), error, below);
}

/** The same, for a message that says more than the error. */
export function errorLine(message: string, error: unknown, below: readonly string[] = []): string {
  const code = textMemberOf(error, "code");
  const [first = "", ...rest] = [...message.split("\n"), ...below];
  const lines = [`tomodachi: ${first}${code === undefined ? "" : ` (${code})`}`, ...rest];
  return `${hidePasswords(printableLines(lines.join("\n")))}\n`;
}

/** For an error that does not explain itself: with its stack and the stacks of its causes. */
export function thrownLine(error: unknown): string {
  const stack = textMemberOf(foldedErrorFields(error), "stack");
  return stack === undefined ? finalLine(error) : `${hidePasswords(`tomodachi: ${printableLines(stack)}`)}\n`;
}
