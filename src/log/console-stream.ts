/** The console form of log lines: time, level, service and handler, message, then what else is known. */
import type { DestinationStream } from "pino";
import { build, isColorSupported } from "pino-pretty";

/** A stream for pino that prints each line for people to `destination`. */
export function createConsoleStream(destination: DestinationStream, colour: boolean | undefined): DestinationStream {
  return build({
    colorize: colour ?? isColorSupported,
    ignore: "service,handler,pid,hostname",
    messageFormat: (line, messageKey) => {
      const from = [line["service"], line["handler"]].filter(Boolean).join(".");
      return `${from ? `${from}: ` : ""}${String(line[messageKey] ?? "")}`;
    },
    singleLine: true,
    sync: true,
    translateTime: "SYS:HH:MM:ss.l",
    destination: destination as NodeJS.WritableStream,
  }) as DestinationStream;
}
