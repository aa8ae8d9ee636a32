/** JSON Schema of a schema of any library, where the library gives one: by Standard JSON Schema, or by its own function. */
import { memberOf, messageOf } from "../../../errors.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";

/** A schema in the form of an OpenAPI document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The input or the output of a schema. */
export type Side = "input" | "output";

/** OpenAPI 3.1 uses this version (https://spec.openapis.org/oas/v3.1.1.html#schema-object). */
const target = "draft-2020-12";

/** The JSON Schema of a schema; if it has none, a schema that matches everything and says so. */
export function jsonSchemaOf(schema: StandardSchema, side: Side): JsonSchema {
  const { vendor } = schema["~standard"];
  try {
    const found = standardOf(schema, side) ?? ownOf(schema);
    if (isObject(found)) return withoutDialect(found);
    return unknownSchema(vendor, `The library ${vendor} cannot convert it to JSON Schema`);
  } catch (error) {
    return unknownSchema(vendor, `The library ${vendor} cannot convert it to JSON Schema: ${messageOf(error)}`);
  }
}

/** Standard JSON Schema (https://standardschema.dev/json-schema). */
function standardOf(schema: StandardSchema, side: Side): unknown {
  const converter = memberOf(schema["~standard"], "jsonSchema");
  const convert = memberOf(converter, side);
  return typeof convert === "function" ? convert.call(converter, { target }) : undefined;
}

/** arktype and others had it before. */
function ownOf(schema: StandardSchema): unknown {
  const convert = memberOf(schema, "toJsonSchema");
  return typeof convert === "function" ? convert.call(schema) : undefined;
}

function unknownSchema(vendor: string, description: string): JsonSchema {
  return { description: `${description}.`, "x-schema-unknown": vendor };
}

/** The document says it once for all. */
function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The same schema with its definitions moved to the components of the document: there `#` is the document instead of the schema.
 * `define` takes a definition and gives the name under which it can be found.
 */
export function hoisted(schema: JsonSchema, define: (name: string, definition: JsonSchema) => string): JsonSchema {
  const text = JSON.stringify(schema);
  if (!text.includes('"$ref"')) return schema;
  const names = new Map<string, string>();
  const place = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const definition =
      name === "" ? schema : ((schema["$defs"] as Record<string, JsonSchema> | undefined)?.[name] ?? {});
    // Before its own references are followed: they may lead back here.
    const found = define(name, {});
    names.set(name, found);
    define(found, moved(definition) as JsonSchema);
    return found;
  };
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
        if (name === "$defs") return [];
        const local = name === "$ref" ? /^#(?:\/\$defs\/([^/]+))?$/.exec(String(inner)) : null;
        return [[name, local ? `#/components/schemas/${place(local[1] ?? "")}` : moved(inner)]];
      }),
    );
  };
  return moved(schema) as JsonSchema;
}
