/** Log lines as JSON, by pino. */
import { EventEmitter } from "node:events";
import { type DestinationStream, pino } from "pino";
import { errorFields } from "./error-fields.ts";
import type { Logger, LogLevel } from "./log-methods.ts";

/** How many bytes of lines are kept while standard error does not accept them; more are lost. */
const keptBytes = 1024 * 1024;

/** Standard error. Lines are written at once, so none is lost when the process ends. */
export function standardError(): DestinationStream {
  return pino.destination({ dest: 2, sync: true, maxLength: keptBytes });
}

/** `tap`, if any, gets each line before it is written; `readError` returns the fields of an error. */
export function createPinoLogger(
  level: LogLevel,
  destination: DestinationStream,
  tap: ((line: string) => void) | undefined,
  readError: (error: unknown) => unknown = errorFields,
): Logger {
  ignoreErrorsOf(destination);
  const timestamp = pino.stdTimeFunctions.isoTime;
  const stream = tap ? tapped(destination, tap) : destination;
  return pino({ level, base: null, timestamp, serializers: { err: readError } }, stream);
}

function tapped(destination: DestinationStream, tap: (line: string) => void): DestinationStream {
  return {
    write(line: string): void {
      tap(line);
      destination.write(line);
    },
  };
}

/** A stream without an error listener would throw its error, for example of a full disk, into the process. */
function ignoreErrorsOf(destination: DestinationStream): void {
  if (destination instanceof EventEmitter) destination.on("error", () => {});
}
