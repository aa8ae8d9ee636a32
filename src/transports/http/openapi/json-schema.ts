/** Converts a schema of any library to JSON Schema, if the library can do it: with Standard JSON Schema, or with its own function. */
import { memberOf, messageOf } from "../../../errors.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";

/** A JSON Schema as an OpenAPI document contains it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Which side of a schema is described: its input or its output. */
export type Side = "input" | "output";

/** The version that OpenAPI 3.1 uses (https://spec.openapis.org/oas/v3.1.1.html#schema-object). */
const target = "draft-2020-12";

/** The JSON Schema of a schema. If the library cannot provide one, a schema that accepts everything and says so. */
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

/** arktype and others have their own function, older than the standard. */
function ownOf(schema: StandardSchema): unknown {
  const convert = memberOf(schema, "toJsonSchema");
  return typeof convert === "function" ? convert.call(schema) : undefined;
}

function unknownSchema(vendor: string, description: string): JsonSchema {
  return { description: `${description}.`, "x-schema-unknown": vendor };
}

/** Removes the version, because the document states it once. */
function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Moves the definitions of a schema to the components of the document, because there `#` means the document and not the schema. `define`
 * takes a definition and returns the name under which it can be found.
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
    // Defined before its own references are followed, because they may lead back here.
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
