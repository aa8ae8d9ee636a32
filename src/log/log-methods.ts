/** The methods of a logger. */
import type { Logger as PinoLogger } from "pino";

/** A logger with pino's methods: `logger.info({ orderId }, "order paid")`. */
export interface Logger
  extends Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "level" | "isLevelEnabled"> {
  /** Returns a logger that adds these fields to each of its lines. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

/** The levels, from the most detailed to the most severe. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";
