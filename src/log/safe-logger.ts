/**
 * A logger that cannot throw, around any other. What handles a failure also logs it, so a full disk, or an error that cannot
 * be read, must not become a failure of its own.
 */
import { isError, memberOf, messageOf } from "../errors.ts";
import { errorFields, readableValue } from "./error-fields.ts";
import type { Logger, LogLevel } from "./log-methods.ts";

type Write = (...parameters: readonly unknown[]) => unknown;

/** Shared by a logger and its children: how many lines were lost, and why the last one was. */
interface Lost {
  lines: number;
  reason: string;
}

/** Fields for the current line; undefined if there are none. */
export type LogFields = () => Readonly<Record<string, unknown>> | undefined;

/**
 * Wraps a logger. A line at which the logger throws is written again with its errors read safely, then only as text.
 * When that throws too, the line is counted, and the next line that can be written comes after a warning with the count.
 */
export function createSafeLogger(logger: Logger): Logger {
  return SafeLogger.isSafe(logger) ? logger : new SafeLogger(logger, { lines: 0, reason: "" });
}

/** The same logger, with fields that are asked for at each line of it and of its children. A field of the line itself wins. */
export function addLogFields(logger: Logger, fields: LogFields): Logger {
  return SafeLogger.withFields(createSafeLogger(logger), fields);
}

class SafeLogger implements Logger {
  readonly #logger: Logger;
  readonly #lost: Lost;
  readonly #fields: LogFields | undefined;

  constructor(logger: Logger, lost: Lost, fields?: LogFields) {
    this.#logger = logger;
    this.#lost = lost;
    this.#fields = fields;
  }

  static withFields(logger: Logger, fields: LogFields): Logger {
    if (!(#logger in logger)) return logger;
    const before = logger.#fields;
    return new SafeLogger(logger.#logger, logger.#lost, before ? () => ({ ...before(), ...fields() }) : fields);
  }

  /** Not `instanceof`, which is also true for an object that was made from one with Object.create. */
  static isSafe(logger: object): boolean {
    return #logger in logger;
  }

  trace(...parameters: readonly unknown[]): void {
    this.#write("trace", parameters);
  }
  debug(...parameters: readonly unknown[]): void {
    this.#write("debug", parameters);
  }
  info(...parameters: readonly unknown[]): void {
    this.#write("info", parameters);
  }
  warn(...parameters: readonly unknown[]): void {
    this.#write("warn", parameters);
  }
  error(...parameters: readonly unknown[]): void {
    this.#write("error", parameters);
  }
  fatal(...parameters: readonly unknown[]): void {
    this.#write("fatal", parameters);
  }

  get level(): string {
    return this.#logger.level;
  }

  set level(level: string) {
    this.#logger.level = level;
  }

  isLevelEnabled(level: string): boolean {
    try {
      return this.#logger.isLevelEnabled(level);
    } catch {
      return false;
    }
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    try {
      return new SafeLogger(this.#logger.child(fields), this.#lost, this.#fields);
    } catch {
      return this;
    }
  }

  #write(level: LogLevel, parameters: readonly unknown[]): void {
    try {
      if (this.#lost.lines > 0) this.#tellLost();
      this.#hand(level, parameters);
    } catch {
      this.#writeSafely(level, parameters);
    }
  }

  #writeSafely(level: LogLevel, parameters: readonly unknown[]): void {
    try {
      this.#hand(level, parameters.map(readable));
    } catch {
      try {
        this.#hand(level, parameters.filter((parameter) => typeof parameter === "string").slice(0, 1));
      } catch (failure) {
        this.#lost.lines++;
        this.#lost.reason = messageOf(failure);
      }
    }
  }

  #hand(level: LogLevel, given: readonly unknown[]): void {
    const parameters = this.#fields ? withFields(this.#fields, given) : given;
    const returned = (this.#logger[level] as Write)(...parameters);
    // A user's logger may be asynchronous; its failure would not be noticed otherwise.
    if (returned instanceof Promise) returned.catch(() => {});
  }

  #tellLost(): void {
    const { lines, reason } = this.#lost;
    this.#logger.warn(`${lines} log ${lines === 1 ? "line" : "lines"} could not be written (${reason})`);
    this.#lost.lines = 0;
  }
}

/** The fields before those of the line. An error in their place becomes `err`, as in pino. */
function withFields(fields: LogFields, parameters: readonly unknown[]): readonly unknown[] {
  let added: Readonly<Record<string, unknown>> | undefined;
  try {
    added = fields();
  } catch {
    // The line matters more than its fields.
  }
  if (!added) return parameters;
  const [first, ...rest] = parameters;
  if (typeof first !== "object" || first === null) return [added, ...parameters];
  if (isError(first)) return [{ ...added, err: first }, ...(rest.length > 0 ? rest : [messageOf(first)])];
  return [{ ...added, ...first }, ...rest];
}

/** Fields as plain values that can be written. */
function readable(parameter: unknown): unknown {
  if (isError(parameter)) return { err: errorFields(parameter) };
  if (typeof parameter !== "object" || parameter === null) return parameter;
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(parameter)) fields[name] = readableValue(memberOf(parameter, name));
  return fields;
}
