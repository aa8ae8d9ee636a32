/** Removes from a message what must not be in a test file. */
import { messageOf } from "../../errors.ts";
import { ConsoleError } from "../broker/errors.ts";
import type { PlayedMessage } from "./played-message.ts";

/** What a function of the user receives, and may change. */
export interface Redactable extends Pick<PlayedMessage, "routingKey" | "data" | "headers"> {
  /** The service of the first handler that received the message. */
  readonly service: string;
  readonly handler: string;
}

/** Returns the message as it may be written; undefined leaves it out. */
export type Redact = (message: Redactable) => Redactable | undefined | Promise<Redactable | undefined>;

/** Parts of names of members and headers whose values are secret. */
const secret =
  /pass(?:word|wd|phrase|code)|secret|token|authori[sz]ation|(?:^|[-_.])auth(?:$|[-_.])|cookie|credential|session[-_]?id|jwt|api[-_]?key|private[-_]?key|access[-_]?key|signature|card[-_]?number|cvv|cvc|iban|ssn|personnummer/i;
/** "pass" must be a word of its own: a compass is not a secret. */
const secretPass = /(?:^|[-_.])pass$|[a-z0-9]Pass$/;
/** Values that are secret under any name: HTTP credentials, a JSON Web Token, a private key, a password in a URL. */
const secretValues: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, "$1 [redacted]"],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, "[redacted]"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, "[redacted]"],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, "$1:[redacted]@"],
];
const replaced = "[redacted]";
const deepest = 40;

/** Runs before a function of the user. */
function redactByName(message: Redactable): Redactable {
  const headers = cleaned(message.headers, false, 0) as Redactable["headers"];
  return { ...message, data: cleaned(message.data, false, 0), headers };
}

/** `hidden`: a name above this value says that everything below it is secret. */
function cleaned(value: unknown, hidden: boolean, depth: number): unknown {
  if (typeof value === "string") return hidden ? replaced : withoutSecrets(value);
  if (typeof value === "number") return hidden ? replaced : value;
  if (typeof value !== "object" || value === null || depth > deepest) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item, hidden, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      cleaned(item, hidden || secret.test(name) || secretPass.test(name), depth + 1),
    ]),
  );
}

function withoutSecrets(text: string): string {
  return secretValues.reduce((shown, [pattern, instead]) => shown.replace(pattern, instead), text);
}

/** Removes secrets by name, and then with the user's function. @throws ConsoleError if that function fails, or returns a wrong value */
export async function redacted(message: PlayedMessage, own: Redact | undefined): Promise<PlayedMessage | undefined> {
  const [{ service, handler } = { service: "", handler: "" }] = message.handled;
  const named = redactByName({ ...message, service, handler });
  const given = own ? await ownResult(named, own) : named;
  if (!given) return undefined;
  const { routingKey, data, headers = {} } = given;
  return { ...message, routingKey, data, headers };
}

async function ownResult(
  { routingKey, data, headers, service, handler }: Redactable,
  own: Redact,
): Promise<Redactable | undefined> {
  let given: unknown;
  try {
    given = await own({ routingKey, data, headers, service, handler });
  } catch (error) {
    throw new ConsoleError(422, `the function that redacts failed: ${messageOf(error)}`, { cause: error });
  }
  if (given === undefined || given === null) return undefined;
  if (typeof given === "object" && "data" in given && "routingKey" in given && typeof given.routingKey === "string") {
    return given as Redactable;
  }
  throw new ConsoleError(
    422,
    "the function that redacts must return the message, as { routingKey, data, headers }, or undefined to leave it out.",
  );
}
