/** What the console answers when it cannot do what the page asks for. */
import { TomodachiError } from "../../errors.ts";

export class ConsoleError extends TomodachiError {
  /** The status of HTTP. */
  readonly status: number;

  constructor(status: number, message: string, options: { readonly cause?: unknown } = {}) {
    super("ERR_CONSOLE", message, options);
    this.status = status;
  }
}
