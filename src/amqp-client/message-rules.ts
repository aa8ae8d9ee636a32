/** The properties that a broker accepts in a message. It closes the channel, or the whole connection, for most others. */
import { textOctets } from "../amqp-wire/escaped-text.ts";

/** AMQP 0-9-1, 4.2.5.3: a short string's length is one byte. */
export const maxShortBytes = 255;
/** One byte (AMQP 0-9-1, 1.8 "basic", field "priority"). */
export const maxPriority = 255;
/** RabbitMQ keeps expiration times in a 32-bit timer; a larger value closes the channel with 406. */
export const maxExpirationMs: number = 2 ** 32 - 1;

export function isShort(text: string): boolean {
  // No character of UTF-16 takes more than three bytes.
  return text.length <= 85 || textOctets(text) <= maxShortBytes;
}

/** RabbitMQ refuses line breaks in the name of an exchange. */
export function hasLineBreak(text: string): boolean {
  return text.includes("\n") || text.includes("\r") || text.includes("\0");
}

/**
 * What is wrong with further routing keys. RabbitMQ closes the channel for a CC or BCC that is not a list of strings
 * (https://www.rabbitmq.com/docs/sender-selected).
 */
export function carbonCopyProblem(
  headers: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly why: string } | undefined {
  for (const name of ["CC", "BCC"]) {
    const keys = headers[name];
    if (keys === undefined) continue;
    if (!Array.isArray(keys)) return { name, why: `must be a list of routing keys, not ${kindOf(keys)}` };
    const wrong = keys.findIndex((key) => typeof key !== "string" || !isShort(key));
    if (wrong >= 0)
      return {
        name,
        why: `must contain strings of at most ${maxShortBytes} bytes, but the item at index ${wrong} is something else`,
      };
  }
  return undefined;
}

/** The type of a value, for errors. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}
