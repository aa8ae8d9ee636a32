/** The console form of log lines: time, level, service and handler, message, then what else is known. */
import type { DestinationStream } from "pino";
import { isColorSupported, prettyFactory } from "pino-pretty";
import { wrapWords } from "../util/wrap-words.ts";

const indent = "    ";

/** A stream for pino that prints each line for people to `destination`, whose width is asked for each line: it may change. */
export function createConsoleStream(
  destination: DestinationStream,
  colour: boolean | undefined,
  columns: () => number,
): DestinationStream {
  const pretty = prettyFactory({
    colorize: colour ?? isColorSupported,
    ignore: "service,handler,pid,hostname",
    messageFormat: (line, messageKey) => {
      const from = [line["service"], line["handler"]].filter(Boolean).join(".");
      return `${from ? `${from}: ` : ""}${String(line[messageKey] ?? "")}`.replaceAll("\t", "\\t");
    },
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
  return { write: (line) => void destination.write(broken(indentRest(pretty(escapeControls(line))), columns())) };
}

/** Only a line of the log starts at the left edge, even if a value has line breaks. */
function indentRest(printed: string): string {
  return printed.replace(/\n(?=[^ \n])/g, `\n${indent}`);
}

/** Between words, where the destination is narrower. What continues a line is indented more than the line. */
function broken(printed: string, columns: number): string {
  return printed
    .split("\n")
    .flatMap((line) => (line.length <= columns ? line : brokenLine(line, columns)))
    .join("\n");
}

/** The fields of a line are JSON: in a line that is too long, they have a space after each comma, where it can be broken. */
function brokenLine(line: string, columns: number): readonly string[] {
  const spaced = line.replace(/\{".*\}/, (fields) => fields.replaceAll(',"', ', "'));
  return wrapWords(spaced, columns, (/^ */.exec(line)?.[0].length ?? 0) + indent.length);
}

/**
 * Makes the control characters of a JSON line visible: a terminal obeys them, and keys, headers and errors are anybody's choice.
 * Line breaks and tabs stay for the stack of an error.
 */
function escapeControls(json: string): string {
  // JSON writes those below U+0020 as escapes, which get one more backslash; a backslash before another is a character.
  return json
    .replace(/\\(?:\\|u00[01][0-9a-f]|[bfr])/gi, (found) => (found === "\\\\" ? found : `\\${found}`))
    .replace(
      /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
      (character) => `\\\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
