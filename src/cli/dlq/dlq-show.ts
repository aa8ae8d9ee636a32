/** One dead letter, as lines for people or as an object for programs. */
import type { DeadLetterEntry } from "../../dead-letters/index.ts";
import { printable } from "../../util/printable.ts";
import type { Palette } from "../common/colours.ts";
import { bodyLines, counted, jsonText, oneLine, printableText, when } from "./dlq-text.ts";

/** How many headers are shown. `show --json` shows all of them. */
const headersShown = 40;
const valueCharacters = 300;
/** Headers whose content other lines show. */
const toldHeader =
  /^x-(tomodachi-(?!original-|dropped-headers|replay$)|death$|first-death-|last-death-|delivery-count|acquired-count)/;

export interface ShowSettings {
  /** The position in the queue, from 1. */
  readonly position: number;
  readonly now: number;
  readonly palette: Palette;
}

export function entryLines(entry: DeadLetterEntry, { position, now, palette }: ShowSettings): readonly string[] {
  const { id, failedAt, message } = entry;
  const failed = failedAt ? `failed ${when(failedAt, now)}` : "time of failure unknown";
  const { contentType = "no content type", contentEncoding } = message.properties;
  const kind = [contentType, ...(contentEncoding === undefined ? [] : [contentEncoding])].join(", ");
  return [
    `${palette.bold(`#${position}  ${id === undefined ? "no id" : `id ${printable(id)}`}`)}, ${failed}`,
    ...facts(entry, now).flatMap(([name, text]) => factLines(name, text, palette)),
    `    ${palette.dim("body".padEnd(10))} ${counted(message.content.length, "byte")}, ${printable(kind)}`,
    ...bodyLines(message.content, contentEncoding).map((line) => `      ${line}`),
  ];
}

/** A value with several lines, such as the message of an error, continues below its beginning. */
function factLines(name: string, text: string, { dim, red }: Palette): readonly string[] {
  const [first = "", ...more] = text
    .trimEnd()
    .split(/\r\n|\n|\r/)
    .map(printable);
  const style = /^(reason|error|cause)/.test(name) ? red : (line: string) => line;
  const lead = `    ${name.padEnd(10)} `;
  return [dim(lead) + style(first), ...more.map((line) => " ".repeat(lead.length) + style(line))];
}

function facts(entry: DeadLetterEntry, now: number): readonly (readonly [name: string, text: string])[] {
  const { attempts, errorClass, errorCode, errorMessage, handler, service, host, exchange, routingKey, queue } = entry;
  const found: (readonly [string, string])[] = [];
  const tries = attempts === undefined ? "" : ` after ${counted(attempts, "attempt")}`;
  found.push(["reason", `${entry.reason ?? "unknown"}${tries}`]);
  if (errorClass !== undefined) {
    found.push(["error", `${errorClass}${errorCode ? ` [${errorCode}]` : ""}: ${errorMessage ?? ""}`]);
    found.push(...placesIn(entry.errorStack));
  }
  if (handler !== undefined) found.push(["handler", `${service ?? "?"}.${handler}${host ? ` on ${host}` : ""}`]);
  if (entry.startedAt) found.push(["started", when(entry.startedAt, now)]);
  if (routingKey !== undefined) found.push(["published", `${exchange || "default exchange"}, key ${routingKey}`]);
  found.push(["queue", queue ?? "unknown: its headers do not say where it failed"]);
  for (const { queue: from, reason, count, at } of entry.deaths) {
    found.push(["death", `${count} x ${reason} in ${from}${at ? `, ${when(at, now)}` : ""}`]);
  }
  for (const replay of entry.replays) found.push(["replayed", replay]);
  const headers = Object.entries(entry.message.headers).filter(([name]) => !toldHeader.test(name));
  for (const [name, value] of headers.slice(0, headersShown)) {
    found.push(["header", `${name}: ${oneLine(shownValue(value), valueCharacters)}`]);
  }
  const hidden = headers.length - headersShown;
  if (hidden > 0) found.push(["headers", `... and ${hidden} more; --json has them all`]);
  return found;
}

/** Where it was thrown; then what caused it, and the errors that it holds, each with its place. */
function placesIn(stack = ""): readonly (readonly [name: string, text: string])[] {
  return stack.split(/\n(?=caused by: |error \d+ of \d+: )/).flatMap((part, at) => {
    const [, number, count] = /^error (\d+) of (\d+): /.exec(part) ?? [];
    const name = number === undefined ? "cause" : `error ${number}/${count}`;
    const [head = ""] = part.replace(/^[^:]*: /, "").split(/\n\s+at /);
    const place = placeIn(part);
    const thrown = place === undefined ? [] : [["thrown", place] as const];
    return at === 0 ? thrown : [[name, head.replace(/: ?$/, "")] as const, ...thrown];
  });
}

/** The topmost position in a stack outside Node and libraries, usually a line of the handler. */
function placeIn(stack: string): string | undefined {
  const places = stack.split("\n").flatMap((line) => /^\s+at (.+)$/.exec(line)?.[1] ?? []);
  return places.find((place) => !/\bnode:|[\\/]node_modules[\\/]/.test(place)) ?? places[0];
}

/** Everything, with the stack and every header. The body is a string, or Base64 if it is not UTF-8. */
export function entryJson({ message, ...entry }: DeadLetterEntry): object {
  const { content, exchange, routingKey, redelivered, deliveryCount, properties, headers } = message;
  const text = properties.contentEncoding === undefined ? printableText(content) : undefined;
  const { headers: _, ...given } = properties as typeof properties & { readonly headers?: unknown };
  return {
    ...entry,
    arrivedBy: { exchange, routingKey, redelivered, deliveryCount },
    properties: given,
    headers,
    ...(text === undefined ? { bodyBase64: content.toString("base64") } : { body: text }),
  };
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (Buffer.isBuffer(value)) return `${value.length} bytes ${value.subarray(0, 32).toString("hex")}`;
  return jsonText(value);
}
