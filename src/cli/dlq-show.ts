/** One dead letter: as lines for people, as an object for machines. */
import type { DeadLetterEntry } from "../dead-letters/index.ts";
import { printable } from "../util/printable.ts";
import { age, bodyLines, oneLine, printableText } from "./dlq-text.ts";

/** `show --json` has them whole. */
const headersShown = 40;
const valueCharacters = 300;
/** Headers that are told in words of their own. */
const toldHeader =
  /^x-(tomodachi-(?!original-|dropped-headers|replay$)|death$|first-death-|last-death-|delivery-count|acquired-count)/;

export function entryLines(entry: DeadLetterEntry, position: number, now: number): readonly string[] {
  const { id, failedAt, message } = entry;
  const when = failedAt ? `failed ${age(failedAt, now)} (${failedAt.toISOString()})` : "time of failure unknown";
  const { contentType = "no content type", contentEncoding } = message.properties;
  const kind = [contentType, ...(contentEncoding === undefined ? [] : [contentEncoding])].join(", ");
  return [
    `#${position}  ${id === undefined ? "no id" : `id ${printable(id)}`}, ${when}`,
    ...facts(entry).flatMap(([name, text]) => factLines(name, text)),
    `    ${"body".padEnd(10)} ${bytes(message.content.length)}, ${printable(kind)}`,
    ...bodyLines(message.content, contentEncoding).map((line) => `      ${line}`),
  ];
}

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

/** What has several lines, as the message of an error may, goes on below its beginning. */
function factLines(name: string, text: string): readonly string[] {
  const [first = "", ...more] = text.trimEnd().split(/\r\n|\n|\r/);
  const lead = `    ${name.padEnd(10)} `;
  return [lead + printable(first), ...more.map((line) => " ".repeat(lead.length) + printable(line))];
}

function facts(entry: DeadLetterEntry): readonly (readonly [name: string, text: string])[] {
  const { attempts, errorClass, errorCode, errorMessage, handler, service, host, exchange, routingKey, queue } = entry;
  const found: (readonly [string, string])[] = [];
  const tries = attempts === undefined ? "" : ` after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  found.push(["reason", `${entry.reason ?? "unknown"}${tries}`]);
  if (errorClass !== undefined) {
    found.push(["error", `${errorClass}${errorCode ? ` [${errorCode}]` : ""}: ${errorMessage ?? ""}`]);
    const place = placeIn(entry.errorStack);
    if (place !== undefined) found.push(["thrown", place]);
  }
  if (handler !== undefined) found.push(["handler", `${service ?? "?"}.${handler}${host ? ` on ${host}` : ""}`]);
  if (entry.startedAt) found.push(["started", entry.startedAt.toISOString()]);
  if (routingKey !== undefined) found.push(["published", `${exchange || "default exchange"}, key ${routingKey}`]);
  found.push(["queue", queue ?? "unknown: its headers do not say where it failed"]);
  for (const { queue: from, reason, count, at } of entry.deaths) {
    found.push(["death", `${count} x ${reason} in ${from}${at ? `, ${at.toISOString()}` : ""}`]);
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

/** The topmost place in a stack outside of Node and libraries: usually a line of the handler. */
function placeIn(stack: string | undefined): string | undefined {
  const places = stack?.split("\n").flatMap((line) => /^\s+at (.+)$/.exec(line)?.[1] ?? []) ?? [];
  return places.find((place) => !/\bnode:|[\\/]node_modules[\\/]/.test(place)) ?? places[0];
}

/** Everything, with the stack and every header; the body as a string, or as Base64 if it is not UTF-8. */
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
  if (Buffer.isBuffer(value)) return `${value.length} bytes ${value.subarray(0, 32).toString("hex")}`;
  return JSON.stringify(value) ?? String(value);
}
