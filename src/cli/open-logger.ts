/** The logger of a command: JSON lines where the printer of the console form is not installed. */
import { hasCode, messageOf } from "../errors.ts";
import { createLogger, type LogForm, type Logger, type LogLevel } from "../log/logger.ts";

/** A production image without optional packages still runs services and works on dead letters; one warning says why it logs JSON. */
export async function openLogger(level: LogLevel, form: LogForm): Promise<Logger> {
  try {
    return await createLogger({ level, form });
  } catch (error) {
    if (!hasCode(error, "ERR_LOG_FORM")) throw error;
    const logger = await createLogger({ level, form: "json" });
    logger.warn(`${messageOf(error)} This process writes JSON lines.`);
    return logger;
  }
}
