/** A dead letter as a line of JSON, with its bytes: what `tomodachi dlq export` writes, and `import` reads. */
import { messageOfKept, type TakenMessage } from "../amqp-client/taken-message.ts";
import { memberOf, TomodachiError, textMemberOf } from "../errors.ts";
import type { DeadLetterEntry } from "./dead-letter-entry.ts";

const format = "tomodachi-dead-letter/1";
/** Property flags: without any flag there are no properties (AMQP 0-9-1, 4.2.6.1). */
const leastProperties = 2;

/** A dead letter that was read from a line. */
export interface KeptEntry {
  /** The dead-letter queue that it was in. */
  readonly deadLetterQueue: string;
  readonly message: TakenMessage;
}

/** The members before `properties` are for people: only `queue`, `exchange`, `routingKey` and the bytes are read again. */
export function keptLine({ deadLetterQueue, id, reason, errorClass, failedAt, message }: DeadLetterEntry): string {
  const { exchange, routingKey, rawProperties = Buffer.alloc(leastProperties), content } = message;
  const told = { id, reason, error: errorClass, failedAt };
  const octets = { properties: rawProperties.toString("base64"), body: content.toString("base64") };
  return JSON.stringify({ format, queue: deadLetterQueue, ...told, exchange, routingKey, ...octets });
}

/** @throws ERR_DEAD_LETTER_FILE for a line that `keptLine` did not write; its message is a clause */
export function readKeptLine(line: string): KeptEntry {
  const value = parsed(line);
  const given = memberOf(value, "format");
  if (given === undefined) throw unreadable("it has no format, so `tomodachi dlq export` did not write it");
  if (given !== format) throw unreadable(`its format is ${shown(given)}, and this version reads ${format}`);
  const deadLetterQueue = shortText(value, "queue");
  if (deadLetterQueue === "") throw unreadable("its queue is empty");
  const rawProperties = octets(value, "properties");
  if (rawProperties.length < leastProperties) throw unreadable("its properties are too short");
  const [exchange, routingKey] = [shortText(value, "exchange"), shortText(value, "routingKey")];
  const message = messageOfKept({ content: octets(value, "body"), rawProperties, exchange, routingKey });
  return { deadLetterQueue, message };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw unreadable("it is not JSON");
  }
}

/** AMQP 0-9-1, 4.2.5.3: names of exchanges and queues, and routing keys, are short strings. */
function shortText(value: unknown, name: string): string {
  const text = textMemberOf(value, name);
  if (text !== undefined && Buffer.byteLength(text) <= 255) return text;
  throw unreadable(`its ${name} is not a string of at most 255 bytes`);
}

function octets(value: unknown, name: string): Buffer {
  const text = textMemberOf(value, name);
  const bytes = Buffer.from(text ?? "", "base64");
  // Node ignores invalid Base64, so a damaged line would become another message.
  if (text !== undefined && bytes.toString("base64") === text) return bytes;
  throw unreadable(`its ${name} is not Base64`);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "undefined").slice(0, 60);
}

function unreadable(why: string): TomodachiError {
  return new TomodachiError("ERR_DEAD_LETTER_FILE", why);
}
