/** What kind of error something thrown is, in a word. */
import { classNameOf, textMemberOf } from "../../../errors.ts";

/** The class and, where there is one, the code: a lost connection and a full disk are both an `Error` to Node. */
export function errorClassOf(error: unknown): string {
  const code = textMemberOf(error, "code");
  return code ? `${classNameOf(error)} ${code}` : classNameOf(error);
}
