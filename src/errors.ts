/** The root of every error this package throws: a stable code, a message that says what was tried and the cure, and the cause. */

/** Options of every error here. */
export interface ErrorOptions {
  /** The error that led to this one, kept as it was. */
  readonly cause?: unknown;
}

/**
 * An error with a stable `code`, spelled `ERR_` and upper-case words (`ERR_AMQP_UNROUTABLE`). Each code stands in
 * `docs/errors.md` with its cure. Tell errors apart by `code`, not by `instanceof`: two copies of a package share no classes.
 */
export class TomodachiError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Whether something thrown carries this code, whichever copy of the package made it. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && (error as { code?: unknown }).code === code;
}

/** The message of anything that was thrown; never throws itself. */
export function messageOf(error: unknown): string {
  try {
    // A message is whatever a program made it.
    if (error instanceof Error) return String(error.message || error.name);
    return String(error);
  } catch {
    return "something that cannot be turned into text";
  }
}

/** The same without its full stop, for a sentence that goes on. */
export function clauseOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, "");
}
