/** Whether data fits an empty message that lists its fields: libraries that generate code leave out what they do not know. */
import { inspect } from "node:util";
import { closest } from "../../util/closest.ts";

/** What does not fit, as a sentence; undefined when nothing is known to be wrong. `empty` has every field with its default. */
export function generatedMisfit(name: string, empty: object, data: object): string | undefined {
  const defaults = empty as Readonly<Record<string, unknown>>;
  for (const [field, value] of Object.entries(data)) {
    if (value === undefined || field.startsWith("$")) continue;
    if (!(field in empty) || field in Object.prototype) {
      const meant = closest(field, fieldsOf(empty));
      return `"${name}" has no field "${field}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
    }
    const expected = kindOf(defaults[field]);
    if (expected !== undefined && kindOf(value) !== expected) {
      return `"${field}" must be ${expected} and is ${inspect(value, { depth: 0 }).slice(0, 60)}`;
    }
  }
  return undefined;
}

function fieldsOf(empty: object): string[] {
  const names: string[] = [];
  for (const name in empty) names.push(name);
  return names;
}

/** Undefined where a default says nothing of the type. */
function kindOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "bigint":
      return "a bigint";
    case "boolean":
      return "true or false";
    default:
      return undefined;
  }
}
