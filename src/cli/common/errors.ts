/** Errors before a service runs: about the command line, the service files, the port of the embedded broker. */
import { type ErrorOptions, TomodachiError } from "../../errors.ts";

/** The command line was wrong. The process ends with exit code 2. */
export class UsageError extends TomodachiError {
  /**
   * The command whose help explains the mistake, as a user types it: "dlq replay", or "" for `tomodachi --help`. Undefined if the words
   * were correct, for example if a file exists already, or an address cannot be used.
   */
  readonly command: string | undefined;

  constructor(message: string, { command, ...options }: ErrorOptions & { readonly command?: string } = {}) {
    super("ERR_USAGE", message, options);
    this.command = command;
  }

  /** The same error, with the command that was typed. */
  of(command: string): UsageError {
    return new UsageError(this.message, { command, cause: this.cause });
  }
}

/** What failed with a service file: it does not exist, cannot be imported, or contains no service. */
export type LoadErrorCode = "ERR_SERVICE_FILE" | "ERR_SERVICE_IMPORT" | "ERR_SERVICE_NONE";

/** No service could be loaded from a file. The process ends with exit code 1. */
export class LoadError extends TomodachiError {
  constructor(code: LoadErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, message, options);
  }
}

/** Another program listens on the port of the embedded broker. The process ends with exit code 1. */
export class PortTakenError extends TomodachiError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("ERR_BROKER_PORT_TAKEN", message, options);
  }
}

/** A named dead-letter queue does not exist. The process ends with exit code 1. */
export class QueueNotThereError extends TomodachiError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("ERR_QUEUE_NOT_THERE", message, options);
  }
}

/** No dead letter has the given id. The process ends with exit code 1. */
export class DeadLetterNotThereError extends TomodachiError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("ERR_DEAD_LETTER_NOT_THERE", message, options);
  }
}

/** A file of dead letters cannot be read. The process ends with exit code 1. */
export class DeadLetterFileError extends TomodachiError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("ERR_DEAD_LETTER_FILE", message, options);
  }
}

/** No schedule has the given name, or it cannot be started from outside. The process ends with exit code 1. */
export class ScheduleChoiceError extends TomodachiError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("ERR_SCHEDULE_NOT_THERE", message, options);
  }
}
