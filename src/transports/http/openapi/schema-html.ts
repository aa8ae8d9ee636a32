/** A JSON Schema as a list of names and types for people. */
import type { JsonSchema } from "./json-schema.ts";
import { escaped, markdown } from "./text.ts";

type Schemas = Readonly<Record<string, JsonSchema>>;

/** Members at a deeper level are not shown. */
const deepest = 6;

/**
 * `around` lists the named schemas that contain this one. A schema that contains itself would never end, so its members are not shown
 * again.
 */
export function schemaHtml(schema: JsonSchema, schemas: Schemas, around: readonly string[] = []): string {
  const { target, name } = followed(schema, schemas);
  const line = `<span class="type">${escaped(typeOf(target, schemas))}</span>${limitsHtml(target)}`;
  const about = typeof target["description"] === "string" ? markdown(target["description"]) : "";
  if (around.length >= deepest || (name !== "" && around.includes(name))) return line;
  return `${line}${about}${membersHtml(target, schemas, [...around, name])}`;
}

/** The members of an object, of the items of a list, or of one of several alternatives. */
function membersHtml(schema: JsonSchema, schemas: Schemas, around: readonly string[]): string {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  const required = (schema["required"] ?? []) as readonly string[];
  const rows = properties.map(
    ([name, own]) =>
      `<tr><td><code>${escaped(name)}</code>${required.includes(name) ? '<span class="required" title="required">*</span>' : ""}</td><td>${schemaHtml(own, schemas, around)}</td></tr>`,
  );
  const table = rows.length > 0 ? `<table>${rows.join("")}</table>` : "";
  const inItems = isSchema(schema["items"]) ? itemsHtml(schema["items"], schemas, around) : "";
  const forms = formsOf(schema).filter((form) => isSchema(form) && followed(form, schemas).target["properties"]);
  const inForms = forms.map((form) => `<div class="form">${schemaHtml(form, schemas, around)}</div>`).join("");
  return table + inItems + inForms;
}

function itemsHtml(items: JsonSchema, schemas: Schemas, around: readonly string[]): string {
  const { target, name } = followed(items, schemas);
  if (around.length >= deepest || (name !== "" && around.includes(name))) return "";
  return membersHtml(target, schemas, [...around, name]);
}

function typeOf(schema: JsonSchema, schemas: Schemas, depth = 0): string {
  const { const: constant, enum: values, type, format, items } = schema;
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(" | ");
  const inner = (one: JsonSchema): string =>
    depth > deepest ? "..." : typeOf(followed(one, schemas).target, schemas, depth + 1);
  if (type === "array") return isSchema(items) ? `list of ${inner(items)}` : "list";
  const forms = formsOf(schema);
  if (forms.length > 0) return forms.map(inner).join(" | ");
  const known = Array.isArray(type) ? type.join(" | ") : String(type ?? "anything");
  return typeof format === "string" ? `${known} (${format})` : known;
}

const limits: Readonly<Record<string, string>> = {
  minimum: "at least",
  maximum: "at most",
  exclusiveMinimum: "above",
  exclusiveMaximum: "below",
  minLength: "length at least",
  maxLength: "length at most",
  minItems: "items at least",
  maxItems: "items at most",
  pattern: "fits",
  default: "default",
};

function limitsHtml(schema: JsonSchema): string {
  const told = Object.entries(limits).flatMap(([name, words]) => {
    const value = schema[name];
    // Every whole number in JavaScript has these limits, so they are not shown.
    if (value === undefined || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) return [];
    // The meaning of a format is known, so its pattern is not shown.
    if (name === "pattern" && schema["format"] !== undefined) return [];
    return [`${words} <code>${escaped(typeof value === "string" ? value : JSON.stringify(value))}</code>`];
  });
  return told.length > 0 ? ` <span class="limits">${told.join(", ")}</span>` : "";
}

function formsOf(schema: JsonSchema): readonly JsonSchema[] {
  return [schema["anyOf"], schema["oneOf"], schema["allOf"]].flatMap((forms) =>
    Array.isArray(forms) ? (forms as JsonSchema[]) : [],
  );
}

function followed(schema: JsonSchema, schemas: Schemas): { readonly target: JsonSchema; readonly name: string } {
  const { $ref: reference } = schema;
  const name = typeof reference === "string" ? reference.replace("#/components/schemas/", "") : "";
  return { target: schemas[name] ?? schema, name };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
