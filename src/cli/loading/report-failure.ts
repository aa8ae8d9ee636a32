/** Reports that a command failed before or while it started. */
import { isInstance, memberOf, TomodachiError, textOf } from "../../errors.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import type { LogForm, Logger } from "../../log/logger.ts";
import { finalLine, thrownLine } from "../common/final-line.ts";
import { writeStyled } from "../common/write-lines.ts";
import { framesOf } from "./import-problem.ts";

/**
 * Errors of this package explain themselves. For any other error the stack shows where it came from. If the log of the process is JSON, the
 * error goes to the log. Otherwise it is one line for the user, which no log level hides.
 */
export function reportFailure(error: unknown, logForm: LogForm, logger: Logger): void {
  if (logForm !== "json") {
    const text = isOurs(error) ? finalLine(error, placesOf(error)) : thrownLine(error);
    writeStyled(text.trimEnd().split("\n"), process.stderr);
  } else if (isOurs(error)) {
    logger.error({ code: error.code }, hidePasswords([error.message, ...placesOf(error)].join("\n")));
  } else {
    logger.error({ err: error }, "The start failed");
  }
  logger.debug({ err: error }, "Where it was thrown");
}

/** Where the user's own code threw, if that is why a service could not be created. */
function placesOf({ code, cause }: TomodachiError): readonly string[] {
  return code === "ERR_SERVICE_CREATE" || code === "ERR_SERVICE_FACTORY" ? framesOf(cause) : [];
}

/** Decided by code and name: Node's own errors also have such codes, but their names are plain. */
function isOurs(error: unknown): error is TomodachiError {
  if (isInstance(error, TomodachiError)) return true;
  const code = memberOf(error, "code");
  return (
    typeof code === "string" &&
    code.startsWith("ERR_") &&
    !/^(Type|Range|Reference|Syntax|URI|Eval|System)?Error$/.test(textOf(memberOf(error, "name")))
  );
}
