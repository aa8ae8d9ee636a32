/** What is said when a command fails before or while it starts. */
import { isInstance, memberOf, TomodachiError, textOf } from "../../errors.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import type { LogForm, Logger } from "../../log/logger.ts";
import { finalLine, thrownLine } from "../common/final-line.ts";
import { framesOf } from "./import-problem.ts";

/**
 * Errors of this package explain themselves; for any other the stack says where it came from. A process whose log is JSON puts it
 * there. Otherwise it is one line for a user, which no log level hides.
 */
export function reportFailure(error: unknown, logForm: LogForm, logger: Logger): void {
  if (logForm !== "json") {
    process.stderr.write(isOurs(error) ? finalLine(error, placesOf(error)) : thrownLine(error));
  } else if (isOurs(error)) {
    logger.error({ code: error.code }, hidePasswords([error.message, ...placesOf(error)].join("\n")));
  } else {
    logger.error({ err: error }, "The start failed");
  }
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
