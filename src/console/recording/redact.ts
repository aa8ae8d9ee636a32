/** Takes out of a message what must not be in a file of tests. */
import type { PlayedMessage } from "./played-message.ts";

/** What a function of the user's gets, and may change. */
export type Redactable = Pick<PlayedMessage, "routingKey" | "data" | "headers" | "service" | "handler">;

/** Gives the message as it may be written; undefined leaves it out. */
export type Redact = (message: Redactable) => Redactable | undefined | Promise<Redactable | undefined>;

const secret =
  /pass(?:word|wd|phrase)?$|secret|token|authorization|cookie|api[-_]?key|private[-_]?key|card[-_]?number|cvv|cvc|iban|ssn|personnummer/i;
const replaced = "[redacted]";
const deepest = 40;

/** Replaces strings and numbers whose name says that they are secret. It runs before a function of the user's. */
function redactByName(message: Redactable): Redactable {
  return { ...message, data: cleaned(message.data, 0), headers: cleaned(message.headers, 0) as Redactable["headers"] };
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth > deepest) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, isSecret(name, item) ? replaced : cleaned(item, depth + 1)]),
  );
}

function isSecret(name: string, value: unknown): boolean {
  return secret.test(name) && (typeof value === "string" || typeof value === "number");
}

/** Both, one after the other. */
export async function redacted(message: PlayedMessage, own: Redact | undefined): Promise<PlayedMessage | undefined> {
  const named = redactByName(message);
  const given = own ? await own(named) : named;
  if (!given) return undefined;
  const { routingKey, data, headers } = given;
  return { ...message, routingKey, data, headers };
}
