/** Whether a value is an envelope, and what to do when it is not. */

import type { FieldCheck } from "../util/check-fields.ts";

/** What an envelope must be; completes the sentence "... must be ...". */
export const envelopeExpected = "an envelope (an object with buildMessage and parseMessage) or null";

/** The check of an option that takes an envelope. */
export const envelopeCheck: FieldCheck = {
  expected: envelopeExpected,
  fits: (value) => envelopeProblem(value) === undefined,
  problem: envelopeProblem,
};

/** What is wrong with a value that should be an envelope or null, and what to do; undefined if it is valid. */
export function envelopeProblem(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (value === undefined) {
    return "it is undefined. Check the imported name, and whether two modules import each other. For no envelope write null, or leave the option out";
  }
  if (typeof value === "string") {
    return `it is the string ${JSON.stringify(value.slice(0, 60))}. Write the envelope itself, as in import { JsonBase } from "tomodachi"`;
  }
  if (typeof value !== "object" && typeof value !== "function") return `it is a ${typeof value}`;
  const missing = (["buildMessage", "parseMessage"] as const).filter((name) => !isFunction(value, name));
  if (missing.length > 0) return kindOf(value) + missingText(missing, value);
  return memberProblem(value);
}

function isFunction(value: object, name: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>>)[name] === "function";
}

function kindOf(value: object): string {
  return typeof value === "function"
    ? `it is the function or class ${value.name || "without a name"}`
    : "it is an object";
}

function missingText(missing: readonly string[], value: object): string {
  if (typeof value !== "function") return ` without ${missing.join(" and ")}`;
  const prototype: unknown = value.prototype;
  const isClass = typeof prototype === "object" && prototype !== null && isFunction(prototype, "parseMessage");
  return isClass ? `. Write an instance: new ${value.name}()` : ". If it creates envelopes, call it";
}

function memberProblem(value: object): string | undefined {
  const { validate, optionNames } = value as { readonly validate?: unknown; readonly optionNames?: unknown };
  if (validate !== undefined && typeof validate !== "function") return "its member validate is not a function";
  const isList = Array.isArray(optionNames) && optionNames.every((name) => typeof name === "string");
  return optionNames === undefined || isList ? undefined : "its member optionNames is not a list of strings";
}
