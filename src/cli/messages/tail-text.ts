/** A message as lines for people, and as an object for programs. */
import type { PassingMessage } from "../../messages/passing-message.ts";
import { isPlainValue } from "../../messages/plain-value.ts";
import { printable } from "../../util/printable.ts";

export interface TailLook {
  readonly now: Date;
  readonly colour: boolean;
  /** Whether headers, properties and the whole data are shown. */
  readonly full: boolean;
  /** The width of the terminal. */
  readonly columns: number;
}

/** Other properties repeat what the other lines say. */
const shownProperties = ["contentType", "correlationId", "replyTo", "expiration", "priority", "type", "messageId"];

export function messageLines(message: PassingMessage, look: TailLook): readonly string[] {
  const { routingKey, envelope, sender, bytes, handlers, headers, properties, id } = message;
  const { colour, full, now } = look;
  const time = now.toTimeString().slice(0, 8);
  const facts = [envelope, sender && `from ${sender}`, `${bytes} bytes`, full && id && `id ${id}`].filter(Boolean);
  const head = `${paint(time, 2, colour)} ${paint(printable(routingKey), 1, colour)}  ${paint(printable(facts.join(", ")), 2, colour)}`;
  const lines = [head, `  ${dataText(message.data, look)}`];
  if (full) {
    if (Object.keys(headers).length > 0) lines.push(paint(`  headers    ${printable(jsonText(headers))}`, 2, colour));
    const told = Object.fromEntries(Object.entries(properties).filter(([name]) => shownProperties.includes(name)));
    if (Object.keys(told).length > 0) lines.push(paint(`  properties ${printable(jsonText(told))}`, 2, colour));
  }
  for (const { handler, problem } of handlers) {
    const verdict = problem === undefined ? `-> ${handler}` : `-> ${handler} refuses it: ${problem}`;
    lines.push(paint(`  ${printable(verdict)}`, problem === undefined ? 32 : 31, colour));
  }
  return lines;
}

/** One line of `--json`. */
export function messageJson(message: PassingMessage, now: Date): Readonly<Record<string, unknown>> {
  const { data, handlers } = message;
  const told = handlers.map(({ handler, problem }) => ({ handler, problem: problem ?? null }));
  return {
    time: now.toISOString(),
    ...message,
    sender: message.sender ?? null,
    id: message.id ?? null,
    data: Buffer.isBuffer(data) ? { base64: data.toString("base64") } : writable(data),
    headers: writable(message.headers),
    properties: writable(message.properties),
    handlers: told,
  };
}

function dataText(data: unknown, { full, columns }: TailLook): string {
  const text = Buffer.isBuffer(data) ? data.toString("hex") : typeof data === "string" ? data : jsonText(data);
  const shown = printable(text);
  const room = Math.max(20, columns - 6);
  return full || shown.length <= room ? shown : `${shown.slice(0, room)}...`;
}

function jsonText(value: unknown): string {
  return isPlainValue(value) ? String(value) : (JSON.stringify(writable(value)) ?? String(value));
}

/** Converts what JSON does not have: a message may contain bytes and large integers. */
function writable(value: unknown): unknown {
  const text = JSON.stringify(value, (_name, part: unknown) => (typeof part === "bigint" ? String(part) : part));
  return text === undefined ? String(value) : (JSON.parse(text) as unknown);
}

function paint(text: string, code: number, colour: boolean): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}
