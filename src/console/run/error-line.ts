/** Errors for the console: any value may be thrown, and only its beginning is shown. */
import { classNameOf, isError, messageOf, textMemberOf } from "../../errors.ts";
import { withWrittenClasses } from "../../log/fold-frames.ts";
import { hidePasswords } from "../../log/hide-passwords.ts";
import { stackOf } from "../../log/stack-of.ts";
import { cutText } from "../../util/cut-text.ts";
import type { RecordedError } from "./recorded-message.ts";

const lineBytes = 300;
const messageBytes = 8000;

/** For example `TypeError: no such account`. */
export function errorLine(error: unknown): string {
  const { title, message } = recordedError(error);
  return cutText(`${title}: ${message}`.replaceAll(/\s+/g, " "), lineBytes);
}

export function recordedError(error: unknown): RecordedError {
  const code = textMemberOf(error, "code");
  return {
    title: code === undefined ? classNameOf(error) : `${classNameOf(error)} [${code}]`,
    message: cutText(hidePasswords(messageOf(error)), messageBytes),
    stack: withWrittenClasses((isError(error) ? stackOf(error, messageBytes, hidePasswords) : undefined) ?? ""),
  };
}
