/** What goes wrong with a service itself: how it is written, configured, started. */
import { TomodachiError } from "../errors.ts";

/** A service cannot start, or was used outside its life. */
export class ServiceError extends TomodachiError {}

/** Something is configured wrongly; the message names the option, the value and the cure. */
export class ConfigurationError extends TomodachiError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("ERR_CONFIGURATION", message, options);
  }
}

/** Throws one error that lists every problem, when there are any. */
export function refuseProblems(of: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new ConfigurationError(`${of} is configured wrongly:${problems.map((problem) => `\n  - ${problem}`).join("")}`);
}
