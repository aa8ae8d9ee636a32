/** What was thrown, as headers of the copy of its message. */
import { classNameOf, isError, messageOf, textMemberOf } from "../../../errors.ts";
import { withWrittenClasses } from "../../../log/fold-frames.ts";
import { stackOf } from "../../../log/stack-of.ts";
import { issuesAsJson, issuesOf } from "../../../service/schema-error.ts";
import { cutText } from "../../../util/cut-text.ts";
import { headerNames as names } from "../names/headers.ts";

/** The list of a schema's issues is at most this long. */
const issueBytes = 2000;

/** Without the stack, which takes the room that the other headers leave. */
export function errorHeaders(error: unknown): Record<string, unknown> {
  const headers: Record<string, unknown> = {
    [names.errorClass]: cutText(classNameOf(error), 200),
    [names.errorMessage]: cutText(messageOf(error), 2000),
  };
  const code = textMemberOf(error, "code");
  if (code !== undefined) headers[names.errorCode] = cutText(code, 100);
  const issues = issuesOf(error);
  if (issues) headers[names.schemaIssues] = issuesAsJson(issues, issueBytes);
  return headers;
}

/** As the log shows it, with all frames and the causes; undefined where there is none. */
export function stackText(error: unknown, room: number): string | undefined {
  const stack = isError(error) ? stackOf(error, room) : undefined;
  return stack && withWrittenClasses(stack);
}
