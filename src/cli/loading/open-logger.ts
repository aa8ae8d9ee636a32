/** Opens the logger of a command. It writes JSON lines if the package for the console form is not installed. */
import { hasCode, messageOf } from "../../errors.ts";
import { createTappedLogger, type LogForm, type Logger, type LogLevel } from "../../log/logger.ts";
import { unknownVariables } from "../../util/unknown-variables.ts";
import { hasColours } from "../common/colours.ts";
import { columnsOf } from "../common/write-lines.ts";
import { options } from "../options/option-table.ts";

const prefix = "TOMODACHI_";
const variables = {
  prefix,
  known: [
    ...Object.values(options).flatMap(({ variable }) => variable?.slice(prefix.length) ?? []),
    "OPERATIONS_HOST",
    "OPERATIONS_TOKEN",
    "CONSOLE_TOKEN",
  ],
  // The variables of AMQP and HTTP are checked where they are read, and stop the start. The others belong to this project's own tests.
  others: ["AMQP_", "HTTP_", "TEST_", "RABBITMQ_"],
};

/** Also warns of variables without an effect. `tap` gets each line as JSON. */
export async function openLogger(level: LogLevel, form: LogForm, tap?: (line: string) => void): Promise<Logger> {
  const logger = await createLoggerOf(level, form, tap);
  const unknown = unknownVariables(process.env, variables);
  if (unknown.length > 0)
    logger.warn(`Nothing reads the environment variable ${unknown.join(", ")}. Correct its name, or unset it`);
  return logger;
}

/** A production image without optional packages still runs services and works on dead letters. One warning says why the log is JSON. */
async function createLoggerOf(
  level: LogLevel,
  form: LogForm,
  tap: ((line: string) => void) | undefined,
): Promise<Logger> {
  try {
    const colour = hasColours(process.stderr, process.env);
    return await createTappedLogger({ level, form, colour }, tap, () => columnsOf(process.stderr));
  } catch (error) {
    if (!hasCode(error, "ERR_LOG_FORM")) throw error;
    const logger = await createTappedLogger({ level, form: "json" }, tap);
    logger.warn(`${messageOf(error)} This process writes JSON lines.`);
    return logger;
  }
}
