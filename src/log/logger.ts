/** Logging over pino: what a service, a handler and this package log with. */
import { type DestinationStream, type Logger as PinoLogger, type LoggerOptions as PinoOptions, pino } from "pino";
import { hasCode, TomodachiError } from "../errors.ts";

/** pino's logger: `logger.info({ orderId }, "order paid")`, `logger.child({ fields })`. */
export interface Logger
  extends Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "level" | "isLevelEnabled"> {
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal"];
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** How log lines look: for people, for machines, or not at all. */
export type LogForm = "console" | "json" | "disabled";

export interface LoggerOptions {
  /** @default "info" */
  readonly level?: LogLevel | undefined;
  /** @default "json" */
  readonly form?: LogForm | undefined;
  /** Where lines go. @default standard error, so that a service's own output stays apart */
  readonly destination?: DestinationStream | undefined;
  /** Colours in the console form. @default whether standard error is a terminal */
  readonly colour?: boolean | undefined;
}

/**
 * Makes the logger of a process. Lines are written at once (no worker thread), so none is lost when the process ends.
 * The console form loads pino-pretty only when it is used.
 *
 * @throws TomodachiError with the code ERR_LOG_FORM when the form is "console" and pino-pretty is not installed
 */
export async function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  const { level = "info", form = "json", destination = pino.destination({ dest: 2, sync: true }) } = options;
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (form === "disabled") return createSilentLogger();
  if (form === "json") return createPino(settings, destination);
  const { createConsoleStream } = await loadConsoleForm();
  return createPino(settings, createConsoleStream(destination, options.colour));
}

/** pino-pretty is an optional dependency: `npm install --omit=optional` leaves it out of a production image. */
async function loadConsoleForm(): Promise<typeof import("./console-stream.ts")> {
  try {
    return await import("./console-stream.ts");
  } catch (error) {
    if (!hasCode(error, "ERR_MODULE_NOT_FOUND")) throw error;
    throw new TomodachiError(
      "ERR_LOG_FORM",
      'The log form "console" needs the package pino-pretty, and it is not installed. Install it with `npm install pino-pretty`, or use the form "json".',
      { cause: error },
    );
  }
}

/** A logger that says nothing. */
export function createSilentLogger(): Logger {
  return pino({ level: "silent" });
}

// Apart from the async function: there, pino's types would be inferred from the promise.
function createPino(settings: PinoOptions, destination: DestinationStream): Logger {
  return pino(settings, destination);
}
