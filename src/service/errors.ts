/** Errors of a service itself: how it is written, configured and started. */
import { TomodachiError } from "../errors.ts";

/** A service cannot start, or was used when it was not running. */
export class ServiceError extends TomodachiError {}

/** An option is wrong. The message names the option and the value, and says what to do. */
export class ConfigurationError extends TomodachiError {
  /** Whose options are wrong, if the message lists the problems of one place. */
  readonly place: string | undefined;
  /** One sentence for each wrong option of that place. */
  readonly problems: readonly string[];

  constructor(message: string, options: ConfigurationErrorOptions = {}) {
    super("ERR_CONFIGURATION", message, options);
    this.place = options.place;
    this.problems = options.problems ?? [];
  }
}

export interface ConfigurationErrorOptions {
  readonly cause?: unknown;
  readonly place?: string;
  readonly problems?: readonly string[];
}

/** Throws one error that lists every problem, if there are any. */
export function refuseProblems(of: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new ConfigurationError(`${of} is configured wrongly:${list}`, { place: of, problems });
}
