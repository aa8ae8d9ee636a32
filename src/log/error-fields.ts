/** The fields of an error in a log line: its type, message, stack and members, read so that no error can spoil the line. */
import { inspect } from "node:util";
import { classNameOf, isError, isList, memberOf, messageOf, textMemberOf } from "../errors.ts";
import { foldFrames, ownFrameOf } from "./fold-frames.ts";
import { hidePasswords } from "./hide-passwords.ts";
import { errorsTold, stackOf } from "./stack-of.ts";

/** Members of an error beside its message, stack and cause. */
const membersTold = 50;
/** The limits of what one line holds, in characters. */
const messageLength = 8000;
const stackLength = 16_000;
const memberLength = 4000;
const placeLength = 500;

const toldElsewhere: ReadonlySet<string> = new Set(["message", "stack", "cause", "errors", "name", "type"]);

/** An error as fields of a log line. */
export interface ErrorFields {
  readonly type: string;
  /** With the messages of its causes, one after another. */
  readonly message: string;
  /** With the stacks of its causes and of the errors that it holds; absent if it was logged before, or the error has none. */
  readonly stack?: string;
  readonly [member: string]: unknown;
}

/** Reads what was thrown for a log line. Never throws. */
export function errorFields(error: unknown): unknown {
  return readableValue(error);
}

/** The same with the frames of Node.js and of this package folded, for people. */
export function foldedErrorFields(error: unknown): unknown {
  const fields = errorFields(error);
  const stack = textMemberOf(fields, "stack");
  return stack === undefined ? fields : { ...(fields as ErrorFields), stack: foldFrames(stack) };
}

/** The same without the stacks, but with the place that threw it, for a failure that is tried again. */
export function placedErrorFields(error: unknown): unknown {
  const fields = briefErrorFields(error);
  const at = isError(error) ? ownFrameOf(stackOf(error, stackLength) ?? "") : undefined;
  return at === undefined ? fields : { ...(fields as ErrorFields), at: cut(at, placeLength) };
}

/** The same without the stacks and the place, for a line that sums up. */
export function briefErrorFields(error: unknown): unknown {
  return isError(error) ? fieldsOf(error, false) : plainValue(error);
}

/** Any field of a log line as a value that can be written. Never throws. */
export function readableValue(value: unknown): unknown {
  return isError(value) ? fieldsOf(value, true) : plainValue(value);
}

function fieldsOf(error: Error, withStack: boolean): ErrorFields {
  const chain = chainOf(error);
  const stack = withStack ? stackOf(error, stackLength, hidePasswords) : undefined;
  const several = memberOf(error, "errors");
  return {
    ...membersOf(error),
    type: classNameOf(error),
    message: cut(messagesOf(chain).join(": "), messageLength),
    ...(stack && { stack }),
    ...(isList(several) && {
      aggregateErrors: several
        .slice(0, errorsTold)
        .map((one) => ({ type: classNameOf(one), message: cut(messageOf(one), messageLength) })),
    }),
  };
}

/** The error and its causes; a cause that is in the chain already ends it. */
function chainOf(error: Error): readonly unknown[] {
  const chain: unknown[] = [error];
  for (let cause = memberOf(error, "cause"); isError(cause); cause = memberOf(cause, "cause")) {
    if (chain.includes(cause) || chain.length === errorsTold) break;
    chain.push(cause);
  }
  return chain;
}

/** A message that the error before already contains is not repeated: many errors are made of the message of their cause. */
function messagesOf(chain: readonly unknown[]): readonly string[] {
  const messages = chain.map(messageOf);
  return messages.filter((message, at) => at === 0 || !messages[at - 1]?.includes(message));
}

function membersOf(error: Error): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name of namesOf(error).slice(0, membersTold)) {
    if (!toldElsewhere.has(name)) members[name] = plainValue(memberOf(error, name));
  }
  const code = memberOf(error, "code");
  if (typeof code === "string" || typeof code === "number") members["code"] = code;
  return members;
}

function namesOf(error: Error): readonly string[] {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
}

/** A value that can be written as JSON, and is not too long for a line. */
function plainValue(value: unknown): unknown {
  if (isError(value)) return { type: classNameOf(value), message: cut(messageOf(value), messageLength) };
  if (typeof value === "string") return cut(value, memberLength);
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined) return value;
  try {
    const json = JSON.stringify(value);
    if (json !== undefined)
      return json.length > memberLength ? cut(json, memberLength) : JSON.parse(hidePasswords(json));
  } catch {
    // Circular, or it cannot be read: reported below.
  }
  try {
    return cut(inspect(value, { depth: 1, customInspect: false, getters: false, breakLength: Infinity }), memberLength);
  } catch {
    return "something that cannot be converted to a string";
  }
}

/** Without the passwords of URLs: an error of Node's about a URL has the whole URL as a member. */
function cut(given: string, length: number): string {
  const text = hidePasswords(given.slice(0, length + 1000));
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}
