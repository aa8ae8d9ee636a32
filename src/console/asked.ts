/** Reads the JSON in which a page asks for something. A member of the wrong type is refused by name. */
import type { BodyChange } from "./broker/change-body.ts";
import { ConsoleError } from "./broker/errors.ts";

export type Asked = Readonly<Record<string, unknown>>;

export function textOfAsked(asked: Asked, name: string): string {
  const value = asked[name];
  if (typeof value === "string") return value;
  throw new ConsoleError(400, `The request needs "${name}", a string.`);
}

/** A list of strings, each once; undefined if it is not given. */
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

/** Changes of members, each with a path with dots: `{ path: "data.total", value: 5 }`. Without a value the member is removed. */
export function changesOfAsked(asked: Asked, name: string): readonly BodyChange[] {
  const value = asked[name] ?? [];
  if (!Array.isArray(value)) throw new ConsoleError(400, `"${name}" must be a list.`);
  return value.map((one: unknown) => {
    const { path, value: given } = (typeof one === "object" && one !== null ? one : {}) as Asked;
    if (typeof path === "string" && path.trim() !== "") return { path: path.trim().split("."), value: given };
    throw new ConsoleError(400, `Each of "${name}" needs a "path", such as "data.total".`);
  });
}

/** A list of whole numbers, each once. */
export function numbersOfAsked(asked: Asked, name: string): readonly number[] {
  const value = asked[name];
  if (Array.isArray(value) && value.every(Number.isInteger)) return [...new Set(value as number[])];
  throw new ConsoleError(400, `The request needs "${name}", a list of whole numbers.`);
}
