/** An error's message as it stands in a sentence of the log. */
import { clauseOf } from "../../../errors.ts";
import { cutText } from "../../../util/cut-text.ts";

/** In bytes; the field `err` has more of it. */
const clauseBytes = 500;

/** Without the full stop at its end, and cut: whoever throws says how long it is. */
export function loggedClauseOf(error: unknown): string {
  return cutText(clauseOf(error), clauseBytes);
}
