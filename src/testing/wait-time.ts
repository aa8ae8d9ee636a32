/** The option `timeout` of every call that waits. */
import { type FieldChecks, fieldProblems, otherNameOf } from "../util/check-fields.ts";
import { type Duration, durationWithin, parseDuration } from "../util/duration.ts";
import { TestingError } from "./errors.ts";

/** The check of the option, for functions with further options. */
export const timeoutChecks: FieldChecks = {
  timeout: durationWithin(0, 3_600_000),
  timeoutMs: otherNameOf("timeout"),
};

/** How long to wait, in milliseconds. @throws TestingError ERR_TESTING_USAGE for an invalid duration */
export function waitMsOf(options: object, fallbackMs: number): number {
  const { timeout, timeoutMs } = options as { readonly timeout?: Duration; readonly timeoutMs?: unknown };
  const problems = fieldProblems({ timeout, timeoutMs }, "options", timeoutChecks);
  if (problems.length > 0) throw new TestingError("ERR_TESTING_USAGE", problems.join(" "));
  return parseDuration(timeout) ?? fallbackMs;
}
