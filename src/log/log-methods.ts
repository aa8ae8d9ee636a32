/** What a logger can do. */
import type { Logger as PinoLogger } from "pino";

/** pino's logger: `logger.info({ orderId }, "order paid")`, `logger.child({ fields })`. */
export interface Logger
  extends Pick<PinoLogger, "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "level" | "isLevelEnabled"> {
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";
