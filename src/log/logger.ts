/** Logging over pino: what a service, a handler and this package log with. */
import { type DestinationStream, type Logger as PinoLogger, type LoggerOptions as PinoOptions, pino } from "pino";

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
 * The console form loads its printer late: production pays nothing for it.
 */
export async function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  const { level = "info", form = "json", destination = pino.destination({ dest: 2, sync: true }) } = options;
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (form === "disabled") return createSilentLogger();
  if (form === "json") return createPino(settings, destination);
  const { createConsoleStream } = await import("./console-stream.ts");
  return createPino(settings, createConsoleStream(destination, options.colour));
}

/** A logger that says nothing. */
export function createSilentLogger(): Logger {
  return pino({ level: "silent" });
}

// Apart from the async function: there, pino's types would be inferred from the promise.
function createPino(settings: PinoOptions, destination: DestinationStream): Logger {
  return pino(settings, destination);
}
