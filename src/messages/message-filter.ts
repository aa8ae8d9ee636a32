/** Which passing messages are shown: conditions on their content, all of which must be true. */

import type { PassingMessage } from "./passing-message.ts";
import { isPlainValue } from "./plain-value.ts";

/** What a condition may read. */
export const filterFields: readonly string[] = [
  "routingKey",
  "exchange",
  "envelope",
  "sender",
  "id",
  "bytes",
  "data",
  "headers",
  "properties",
];

export interface Condition {
  /** The path to the value: `data`, `total`. */
  readonly path: readonly string[];
  readonly operator: "=" | "!=" | "~";
  readonly value: string;
}

/** Undefined if it is not a condition, or reads a field that messages do not have. */
export function parseCondition(text: string): Condition | undefined {
  const [, field = "", operator, value = ""] = /^([^=!~]+)(!=|=|~)(.*)$/su.exec(text) ?? [];
  const path = field.trim().split(".");
  if (operator === undefined || !filterFields.includes(path[0] ?? "")) return undefined;
  return { path, operator: operator as Condition["operator"], value };
}

export function fits(message: PassingMessage, conditions: readonly Condition[]): boolean {
  return conditions.every(({ path, operator, value }) => {
    const found = textOfValue(valueAt(message, path));
    if (operator === "~") return found?.includes(value) ?? false;
    return (found === value) === (operator === "=");
  });
}

/** A name of a header may have dots itself. */
function valueAt(holder: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return holder;
  if (typeof holder !== "object" || holder === null) return undefined;
  for (let length = path.length; length > 0; length--) {
    const name = path.slice(0, length).join(".");
    if (Object.hasOwn(holder, name)) return valueAt((holder as Record<string, unknown>)[name], path.slice(length));
  }
  return undefined;
}

function textOfValue(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return isPlainValue(value) ? String(value) : JSON.stringify(value);
}
