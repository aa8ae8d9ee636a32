/** What is said when a command fails before or while it starts. */
import { isInstance, memberOf, messageOf, TomodachiError, textOf } from "../../errors.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import type { LogForm, Logger } from "../../log/logger.ts";
import { printableLines } from "../../util/printable.ts";
import { framesOf } from "./import-problem.ts";

/** Errors of this package explain themselves; for any other the stack says where it came from. */
export function reportFailure(error: unknown, logForm: LogForm, logger: Logger): void {
  // A process must not end without a message.
  if (logForm === "disabled") process.stderr.write(hidePasswords(`tomodachi: ${printableLines(messageOf(error))}\n`));
  if (!isOurs(error)) {
    logger.error({ err: error }, "The start failed");
    return;
  }
  logger.error({ code: error.code }, hidePasswords([error.message, ...placesOf(error)].join("\n")));
  logger.debug({ err: error }, "Where it was thrown");
}

/** Where the user's own code threw, when that is why a service could not be created. */
function placesOf({ code, cause }: TomodachiError): readonly string[] {
  return code === "ERR_SERVICE_CREATE" || code === "ERR_SERVICE_FACTORY" ? framesOf(cause) : [];
}

/** By the code and the name: Node's own errors have codes of the same form, and plain names. */
function isOurs(error: unknown): error is TomodachiError {
  if (isInstance(error, TomodachiError)) return true;
  const code = memberOf(error, "code");
  return (
    typeof code === "string" &&
    code.startsWith("ERR_") &&
    !/^(Type|Range|Reference|Syntax|URI|Eval|System)?Error$/.test(textOf(memberOf(error, "name")))
  );
}
