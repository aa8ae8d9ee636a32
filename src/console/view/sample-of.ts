/** An initial value for the publish form: a value from the JSON Schema, or else the simplest value of its type. */
import type { JsonSchema } from "./plan-view.ts";

/** At a deeper level, or for a schema that refers to another one, the user writes JSON. */
const deepest = 6;

export function sampleOf(schema: JsonSchema | undefined, depth = 0): unknown {
  if (!schema || depth > deepest) return undefined;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.enum) return schema.enum[0];
  const type = typeOf(schema);
  if (type === "object") return objectOf(schema, depth);
  if (type === "array") return [];
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return Math.max(0, schema.minimum ?? 0);
  return type === "string" ? stringOf(schema.format) : null;
}

/** The first type that is not null. */
export function typeOf({ type, properties }: JsonSchema): string | undefined {
  if (typeof type === "string") return type;
  if (type) return type.find((one) => one !== "null");
  return properties ? "object" : undefined;
}

/** An object with its required members, and those with a value in the schema. */
function objectOf({ properties = {}, required = [] }: JsonSchema, depth: number): Readonly<Record<string, unknown>> {
  const wanted = Object.entries(properties).filter(
    ([name, one]) => required.includes(name) || one.default !== undefined,
  );
  return Object.fromEntries(wanted.map(([name, one]) => [name, sampleOf(one, depth + 1)]));
}

function stringOf(format: string | undefined): string {
  if (format === "date-time") return "2026-01-01T12:00:00Z";
  if (format === "date") return "2026-01-01";
  if (format === "uuid") return "00000000-0000-4000-8000-000000000000";
  if (format === "email") return "someone@example.com";
  return format === "uri" ? "https://example.com/" : "";
}
