/** Makes the same change in the bodies of several dead letters: members of their JSON get another value, or are removed. */
import { isUtf8 } from "node:buffer";
import type { TakenMessage } from "../../amqp-client/taken-message.ts";
import { ConsoleError } from "./errors.ts";

export interface BodyChange {
  /** The names that lead to the member: `data`, `lines`, `0`, `count`. */
  readonly path: readonly string[];
  /** The new value; undefined removes the member. */
  readonly value: unknown;
}

/** @throws ConsoleError with a clause that says why this body cannot be changed */
export function changedBody(
  { content, properties }: Pick<TakenMessage, "content" | "properties">,
  changes: readonly BodyChange[],
): Buffer {
  const { contentEncoding } = properties;
  if (contentEncoding !== undefined) throw refusal(`the body is compressed (${contentEncoding})`);
  if (!isUtf8(content)) throw refusal("the body is not text");
  const text = content.toString("utf8");
  const body = parsed(text);
  if (hasLongNumbers(text)) throw refusal("the body has a whole number that would lose its last digits");
  for (const change of changes) apply(body, change);
  return Buffer.from(JSON.stringify(body));
}

/** JSON.parse would round such a number, but the rest of the body must stay unchanged. */
function hasLongNumbers(text: string): boolean {
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|(-?\d+(?![\d.eE]))/g);
  for (const [, whole] of tokens) if (whole !== undefined && !Number.isSafeInteger(Number(whole))) return true;
  return false;
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // The code below reports it.
  }
  throw refusal("the body is not a JSON object");
}

function apply(body: object, { path, value }: BodyChange): void {
  const [last = "", ...before] = [...path].reverse();
  let place = body;
  for (const name of before.reverse()) {
    // Only own members: "__proto__" would lead out of the body.
    const next: unknown = Object.hasOwn(place, name) ? (place as Record<string, unknown>)[name] : undefined;
    if (typeof next !== "object" || next === null) throw refusal(`the body has no ${path.slice(0, -1).join(".")}`);
    place = next;
  }
  if (Array.isArray(place) && !Object.hasOwn(place, last)) throw refusal(`the body has no ${path.join(".")}`);
  if (value !== undefined) {
    Object.defineProperty(place, last, { value, writable: true, enumerable: true, configurable: true });
  } else if (Array.isArray(place)) place.splice(Number(last), 1);
  else Reflect.deleteProperty(place, last);
}

function refusal(why: string): ConsoleError {
  return new ConsoleError(422, why);
}
