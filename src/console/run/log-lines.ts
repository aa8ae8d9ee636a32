/** The last lines of the log, as JSON until the page asks for them. */
import { hidePasswords } from "../../log/hide-passwords.ts";
import { cutText } from "../../util/cut-text.ts";
import type { LogLine } from "../view/live-view.ts";

const mostLines = 400;
const mostBytes = 8000;
/** The most characters that are kept in total. The limit below is for one line, because a service may log whole documents. */
const mostKept = 4 * 1024 * 1024;
const longestLine = 128 * 1024;

/** pino's numbers of the levels. */
const levels: Readonly<Record<number, LogLine["level"]>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

interface KeptLine {
  readonly number: number;
  readonly json: string;
}

export class LogLines {
  readonly #kept: KeptLine[] = [];
  #last = 0;
  #characters = 0;

  /** Adds a line as it goes to the log. It is called for each line, so it does very little. */
  add(json: string): void {
    const kept = json.length > longestLine ? longLine(json.length) : json;
    this.#kept.push({ number: ++this.#last, json: kept });
    this.#characters += kept.length;
    if (this.#kept.length > 2 * mostLines || this.#characters > mostKept) this.#forget();
  }

  /** The latest lines with a higher number than this, the oldest first. */
  after(number: number, most: number = mostLines): readonly LogLine[] {
    const from = this.#kept.findIndex((line) => line.number > number);
    if (from < 0) return [];
    return this.#kept.slice(Math.max(from, this.#kept.length - most)).flatMap((line) => lineOf(line) ?? []);
  }

  /** Removes the older half. */
  #forget(): void {
    const forgotten = this.#kept.splice(0, Math.ceil(this.#kept.length / 2));
    for (const { json } of forgotten) this.#characters -= json.length;
  }
}

function longLine(characters: number): string {
  return JSON.stringify({ level: 30, msg: `(a line of ${characters} characters, which is too long to be kept here)` });
}

function lineOf({ number, json }: KeptLine): LogLine | undefined {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { level, time, msg, service, handler, ...fields } = parsed;
  return {
    number,
    at: typeof time === "string" ? Date.parse(time) : Date.now(),
    level: levels[Number(level)] ?? "info",
    text: cutText(hidePasswords(String(msg ?? "")), mostBytes),
    service: typeof service === "string" ? service : undefined,
    handler: typeof handler === "string" ? handler : undefined,
    fields: Object.keys(fields).length === 0 ? "" : cutText(hidePasswords(JSON.stringify(fields)), mostBytes),
  };
}
