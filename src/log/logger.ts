/** Logging: what a service, a handler and this package log with. */
import type { DestinationStream } from "pino";
import { hasCode, TomodachiError } from "../errors.ts";
import { foldedErrorFields } from "./error-fields.ts";
import type { Logger, LogLevel } from "./log-methods.ts";
import { createSafeLogger } from "./safe-logger.ts";
import { SilentLogger } from "./silent-logger.ts";

export type { Logger, LogLevel } from "./log-methods.ts";

export const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** How log lines look: for people, for machines, or not at all. */
export type LogForm = "console" | "json" | "disabled";

const logForms: readonly LogForm[] = ["console", "json", "disabled"];

/** The options of `createLogger()`. */
export interface LoggerOptions {
  /** Lines below this level are not written. @default "info" */
  readonly level?: LogLevel | undefined;
  /** How lines look: "console" for people, "json" for programs, "disabled" for none. @default "json" */
  readonly form?: LogForm | undefined;
  /** The stream to which lines are written. @default standard error, so that lines do not mix with the output of the service */
  readonly destination?: DestinationStream | undefined;
  /** Whether the console form uses colours. @default true if standard error is a terminal */
  readonly colour?: boolean | undefined;
}

/**
 * Creates the logger of a process. Each line is written at once, without a worker thread, so none is lost when the process ends. The
 * console form loads pino-pretty. The logger never throws. If its destination fails, for example because a disk is full, it keeps up to 1
 * MiB of lines and drops the rest.
 *
 * @throws TomodachiError ERR_CONFIGURATION when an option is unknown or wrong
 * @throws TomodachiError ERR_LOG_FORM when the form is "console" and pino-pretty is not installed
 */
export function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  return createTappedLogger(options, undefined);
}

/**
 * The same; `tap` also gets each line as JSON, before it is written. Lines in the console form are not wider than `columns`,
 * as far as their words allow.
 */
export async function createTappedLogger(
  options: LoggerOptions,
  tap: ((line: string) => void) | undefined,
  columns: () => number = () => Number.POSITIVE_INFINITY,
): Promise<Logger> {
  refuseWrong(options);
  const { level = "info", form = "json" } = options;
  if (form === "disabled") return createSilentLogger();
  // Loaded here, so that a process without log lines starts without pino.
  const { createPinoLogger, standardError } = await import("./pino-logger.ts");
  const destination = options.destination ?? standardError();
  if (form === "json") return createSafeLogger(createPinoLogger(level, destination, tap));
  const { createConsoleStream } = await loadConsoleForm();
  const stream = createConsoleStream(destination, options.colour, columns);
  const readError = level === "debug" || level === "trace" ? undefined : foldedErrorFields;
  return createSafeLogger(createPinoLogger(level, stream, tap, readError));
}

function refuseWrong(options: LoggerOptions): void {
  const checks: Readonly<Record<keyof LoggerOptions, readonly [must: string, fits: boolean]>> = {
    level: [`be one of ${logLevels.join(", ")}`, isOneOf(logLevels, options.level)],
    form: [`be one of ${logForms.join(", ")}`, isOneOf(logForms, options.form)],
    destination: ["have a method write(line)", typeof options.destination?.write === "function"],
    colour: ["be true or false", typeof options.colour === "boolean"],
  };
  const known = Object.keys(checks);
  const problems = Object.entries(options).flatMap(([name, value]) => {
    if (!known.includes(name)) return [`There is no option "${name}". Known options: ${known.join(", ")}.`];
    const [must, fits] = checks[name as keyof LoggerOptions];
    return value === undefined || fits ? [] : [`The option "${name}" must ${must}.`];
  });
  if (problems.length === 0) return;
  throw new TomodachiError("ERR_CONFIGURATION", `createLogger() cannot use these options. ${problems.join(" ")}`);
}

function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === "string" && values.includes(value);
}

/** pino-pretty is an optional dependency: `npm install --omit=optional` leaves it out of a production image. */
async function loadConsoleForm(): Promise<typeof import("./console-stream.ts")> {
  try {
    return await import("./console-stream.ts");
  } catch (error) {
    if (!hasCode(error, "ERR_MODULE_NOT_FOUND")) throw error;
    throw new TomodachiError(
      "ERR_LOG_FORM",
      'The log form "console" needs the package pino-pretty, which is not installed. Install it with `npm install pino-pretty`, or use the form "json".',
      { cause: error },
    );
  }
}

/** A logger that writes nothing. */
export function createSilentLogger(): Logger {
  return createSafeLogger(new SilentLogger());
}
