/** The error if the console cannot do what the page asks for. */
import { TomodachiError } from "../../errors.ts";

export class ConsoleError extends TomodachiError {
  /** The HTTP status of the answer. */
  readonly status: number;

  constructor(status: number, message: string, options: { readonly cause?: unknown } = {}) {
    super("ERR_CONSOLE", message, options);
    this.status = status;
  }
}
