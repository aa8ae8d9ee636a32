/** An error's message for use inside a sentence of the log. */
import { clauseOf } from "../../../errors.ts";
import { cutText } from "../../../util/cut-text.ts";

/** In bytes; the field `err` has more of it. */
const clauseBytes = 500;

/** Without the full stop at its end, and shortened: the code that throws chooses the length. */
export function loggedClauseOf(error: unknown): string {
  return cutText(clauseOf(error), clauseBytes);
}
