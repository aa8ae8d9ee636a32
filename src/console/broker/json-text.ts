/** Any value as JSON for people, also bytes, large numbers, cycles and class instances. Never throws. */
import { messageOf } from "../../errors.ts";

const shownCharacters = 64 * 1024;
const shownBytes = 32;

export function jsonText(value: unknown, indent = 2): string {
  const above = new Set<object>();
  try {
    const text = JSON.stringify(plain(value, above, 0), undefined, indent) ?? "undefined";
    return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}\n… (the rest is not shown)` : text;
  } catch (error) {
    return `(it cannot be shown: ${messageOf(error)})`;
  }
}

/** On one line, for a header or a property. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : jsonText(value, 0);
}

const deepest = 40;

function plain(value: unknown, above: Set<object>, depth: number): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return `(${typeof value})`;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "(an invalid date)" : value.toISOString();
  if (above.has(value)) return "(the same as above)";
  if (depth > deepest) return "(nested too deeply to be shown)";
  above.add(value);
  const shown = Array.isArray(value)
    ? value.map((item: unknown) => plain(item, above, depth + 1))
    : Object.fromEntries(entriesOf(value).map(([name, item]) => [name, plain(item, above, depth + 1)]));
  above.delete(value);
  return shown;
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) return [...value].map(([name, item]) => [String(name), item] as const);
  return Object.entries(value);
}

function bytesText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, shownBytes)).toString("hex");
  return `(${bytes.length} bytes: ${hex}${bytes.length > shownBytes ? "…" : ""})`;
}
