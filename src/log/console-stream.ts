/** The console form of log lines: time, level, service and handler, message, then what else is known. */
import type { DestinationStream } from "pino";
import { isColorSupported, prettyFactory } from "pino-pretty";

/** A stream for pino that prints each line for people to `destination`. */
export function createConsoleStream(destination: DestinationStream, colour: boolean | undefined): DestinationStream {
  const pretty = prettyFactory({
    colorize: colour ?? isColorSupported,
    ignore: "service,handler,pid,hostname",
    messageFormat: (line, messageKey) => {
      const from = [line["service"], line["handler"]].filter(Boolean).join(".");
      return `${from ? `${from}: ` : ""}${String(line[messageKey] ?? "")}`;
    },
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
  return { write: (line) => void destination.write(pretty(line)) };
}
