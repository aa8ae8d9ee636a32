/**
 * Checks a message before it is sent. A broker closes the channel, or the whole connection, for most of what is found here,
 * and every publish on it would pay for one.
 */
import { textOctets } from "../amqp-wire/escaped-text.ts";
import { AmqpPublishError } from "./errors.ts";
import { headerBytes, UnfitHeader } from "./header-values.ts";
import {
  carbonCopyProblem,
  hasLineBreak,
  isShort,
  kindOf,
  maxExpirationMs,
  maxPriority,
  maxShortBytes,
} from "./message-rules.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { leaveOutSpare } from "./spare-headers.ts";

/**
 * A content header frame without strings and headers: 8 bytes of frame, 14 of class, weight, size and flags, and what delivery
 * mode, priority, expiration and timestamp take.
 */
export const headerFrameBytes: number = 8 + 14 + 21;

const shortProperties = [
  "appId",
  "contentEncoding",
  "contentType",
  "correlationId",
  "messageId",
  "replyTo",
  "type",
] as const;

/**
 * The bytes of the frame with the message's properties, at most; 0 if there are no headers: short strings fit into the
 * smallest frame that a broker may agree on (AMQP 0-9-1, "frame-min-size", 4096 bytes).
 *
 * @throws AmqpPublishError ERR_AMQP_PUBLISH_INVALID, naming the first value that cannot be sent
 */
export function checkMessage(message: OutgoingMessage): number {
  const { exchange, routingKey, properties } = message;
  if (typeof exchange !== "string") throw invalid(message, "exchange", "must be a string");
  if (hasLineBreak(exchange)) throw invalid(message, "exchange", "contains a line break or a NUL");
  requireShort(message, "exchange", exchange);
  requireShort(message, "routingKey", routingKey);
  let bytes = 0;
  for (const name of shortProperties) {
    const value: unknown = properties[name];
    if (value === undefined) continue;
    requireShort(message, name, value);
    bytes += 1 + Buffer.byteLength(value as string);
  }
  requireNumbers(message);
  const { headers } = properties;
  if (headers === undefined || headers === null) return 0;
  return headerFrameBytes + bytes + checkHeaders(message, headers);
}

/**
 * Leaves out spare headers if the properties fit into no frame (AMQP 0-9-1, 2.3.5.2). `bytes` is what `checkMessage` returned,
 * and `more` what is added to it.
 *
 * @throws AmqpPublishError ERR_AMQP_HEADERS_TOO_LARGE when they fit into no frame without them
 */
export function requireFrame(message: OutgoingMessage, bytes: number, frameMax: number, more = 0): void {
  // 0 means no limit (AMQP 0-9-1, 1.4.2.6 "tune-ok").
  if (bytes + more <= frameMax || frameMax === 0) return;
  if (message.spare) {
    // Counted again: it may be sent for the second time, without what was left out for the first.
    const left = checkMessage(message) + more;
    if (left - leaveOutSpare(message, left - frameMax) <= frameMax) return;
  }
  throw new AmqpPublishError(
    "ERR_AMQP_HEADERS_TOO_LARGE",
    `${describe(message)} was not sent: its headers and properties take up to ${bytes} bytes, but they must fit into one frame of ${frameMax} bytes (frame_max, as agreed with the broker). Put large values into the body.`,
  );
}

function requireShort(message: OutgoingMessage, name: string, value: unknown): void {
  if (typeof value !== "string") throw invalid(message, name, `must be a string, not ${kindOf(value)}`);
  if (isShort(value)) return;
  throw invalid(message, name, `takes ${textOctets(value)} bytes; AMQP allows ${maxShortBytes}`);
}

function requireNumbers(message: OutgoingMessage): void {
  const { priority, expiration, timestamp } = message.properties as Readonly<Record<string, unknown>>;
  if (priority !== undefined && !isWhole(priority, maxPriority)) {
    throw invalid(message, "priority", `must be a whole number, 0 to ${maxPriority}`);
  }
  if (expiration !== undefined && !(isDigits(expiration) && isWhole(Number(expiration), maxExpirationMs))) {
    throw invalid(message, "expiration", `must be a whole number of milliseconds, 0 to ${maxExpirationMs}`);
  }
  if (timestamp !== undefined && !isWhole(timestamp, Number.MAX_SAFE_INTEGER)) {
    throw invalid(message, "timestamp", "must be a whole number of seconds since 1970, 0 or more");
  }
}

function checkHeaders(message: OutgoingMessage, headers: unknown): number {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    throw invalid(message, "headers", `must be an object, not ${kindOf(headers)}`);
  }
  try {
    const table = headers as Readonly<Record<string, unknown>>;
    const bytes = headerBytes(table);
    const problem = carbonCopyProblem(table);
    if (problem) throw new UnfitHeader(problem.why).within(`[${JSON.stringify(problem.name)}]`);
    return bytes;
  } catch (error) {
    const { path, message: why } = error instanceof UnfitHeader ? error : { path: "", message: "cannot be read" };
    throw invalid(message, `headers${path}`, why);
  }
}

function isWhole(value: unknown, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function isDigits(value: unknown): boolean {
  return typeof value === "string" && /^\d{1,10}$/.test(value);
}

function invalid(message: OutgoingMessage, name: string, why: string): AmqpPublishError {
  return new AmqpPublishError("ERR_AMQP_PUBLISH_INVALID", `${describe(message)} was not sent: ${name} ${why}.`);
}

function describe({ exchange, routingKey }: OutgoingMessage): string {
  return `The message to ${shown(exchange)} (${shown(routingKey)})`;
}

function shown(name: unknown): string {
  const text = JSON.stringify(name) ?? typeof name;
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}
