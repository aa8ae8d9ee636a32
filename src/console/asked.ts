/** What a page asks for, read from JSON: a member of the wrong type is refused by name. */
import { ConsoleError } from "./broker/errors.ts";

export type Asked = Readonly<Record<string, unknown>>;

export function textOfAsked(asked: Asked, name: string): string {
  const value = asked[name];
  if (typeof value === "string") return value;
  throw new ConsoleError(400, `The request needs "${name}", a string.`);
}

/** Strings, each once; undefined if it is not given. */
export function listOfAsked(asked: Asked, name: string): readonly string[] | undefined {
  const value = asked[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return [...new Set(value as string[])];
  throw new ConsoleError(400, `"${name}" must be a list of strings.`);
}

export function objectOfAsked(asked: Asked, name: string): Asked {
  const value = asked[name] ?? {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Asked;
  throw new ConsoleError(400, `"${name}" must be an object.`);
}

/** Whole numbers, each once. */
export function numbersOfAsked(asked: Asked, name: string): readonly number[] {
  const value = asked[name];
  if (Array.isArray(value) && value.every(Number.isInteger)) return [...new Set(value as number[])];
  throw new ConsoleError(400, `The request needs "${name}", a list of whole numbers.`);
}
