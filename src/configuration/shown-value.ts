/** A value of an option as it may be shown: secrets are masked, functions and objects of classes are named. */
import { hidePasswords } from "../log/hide-passwords.ts";

const mask = "***";

/** Names of options whose values are always secret. */
const secret = /password|passphrase|secret|token|credential|^(?:key|pfx|pskCallback)$/i;

/** JSON can hold it. */
export function shownValue(name: string, value: unknown): unknown {
  if (typeof value === "function") return "(function)";
  if (value === undefined || value === null) return null;
  if (secret.test(name)) return value === "" ? "" : mask;
  if (typeof value === "string") return hidePasswords(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item: unknown) => shownValue(name, item));
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `(${value.constructor?.name ?? "object"})`;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, shownValue(member, inner)]));
}
