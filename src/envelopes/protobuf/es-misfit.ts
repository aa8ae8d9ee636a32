/** Whether data fits a protobuf-es schema: the library omits what it does not know, and changes 5 into "5". */
import { inspect } from "node:util";
import { closest } from "../../util/closest.ts";
import {
  type EsField,
  type EsOneof,
  type EsSchema,
  LONG_TYPES,
  TYPE_BOOL,
  TYPE_BYTES,
  TYPE_STRING,
} from "./es-schema.ts";
import { hasMembers } from "./has-members.ts";

/** What does not fit, as a sentence; undefined when the library may encode it. */
export function esMisfit(schema: EsSchema, data: object, path = ""): string | undefined {
  const { $typeName } = data as { readonly $typeName?: unknown };
  if ($typeName !== undefined && $typeName !== schema.typeName) {
    return `${at(path)} is a "${String($typeName)}" and must be a "${schema.typeName}"`;
  }
  for (const [name, value] of Object.entries(data)) {
    if (value === undefined || name.startsWith("$")) continue;
    const problem = memberMisfit(schema, name, value, path === "" ? name : `${path}.${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function memberMisfit(schema: EsSchema, name: string, value: unknown, path: string): string | undefined {
  const oneof = schema.oneofs.find((one) => one.localName === name);
  if (oneof) return oneofMisfit(oneof, value, path);
  const field = schema.fields.find((one) => one.localName === name && isOutsideOneof(one));
  if (field) return fieldMisfit(field, value, path);
  const known = [...schema.fields.filter(isOutsideOneof), ...schema.oneofs].map(({ localName }) => localName);
  const meant = closest(name, known);
  return `"${schema.typeName}" has no field "${path}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
}

/** An optional field of proto3 is in a oneof that generated code does not show. */
function isOutsideOneof({ oneof }: EsField): boolean {
  return oneof === undefined;
}

function oneofMisfit({ fields, localName }: EsOneof, value: unknown, path: string): string | undefined {
  const chosen = value as { readonly case?: unknown; readonly value?: unknown } | null;
  if (typeof chosen !== "object" || chosen === null) return wrong(path, "{ case, value }", value);
  if (chosen.case === undefined) return undefined;
  const field = fields.find((one) => one.localName === chosen.case);
  if (field) return fieldMisfit(field, chosen.value, `${path}.value`);
  const cases = fields.map((one) => `"${one.localName}"`).join(", ");
  return `the case of "${localName}" must be one of ${cases}, but is ${inspect(chosen.case, { depth: 0 })}`;
}

function fieldMisfit(field: EsField, value: unknown, path: string): string | undefined {
  if (field.fieldKind === "list") {
    if (!Array.isArray(value)) return wrong(path, "a list", value);
    return first(value.entries(), ([index, item]) => valueMisfit(field, field.listKind, item, `${path}[${index}]`));
  }
  if (field.fieldKind === "map") {
    if (!hasMembers(value)) return wrong(path, "an object", value);
    return first(Object.entries(value), ([key, item]) => valueMisfit(field, field.mapKind, item, `${path}.${key}`));
  }
  return valueMisfit(field, field.fieldKind, value, path);
}

function valueMisfit(
  field: EsField,
  kind: EsField["fieldKind"] | undefined,
  value: unknown,
  path: string,
): string | undefined {
  const { message, scalar } = field;
  if (kind === "message" && message) return messageMisfit(field, message, value, path);
  if (kind === "enum") return typeof value === "number" ? undefined : wrong(path, "a number", value);
  if (scalar === TYPE_STRING) return typeof value === "string" ? undefined : wrong(path, "a string", value);
  if (scalar === TYPE_BOOL) return typeof value === "boolean" ? undefined : wrong(path, "true or false", value);
  if (scalar === TYPE_BYTES) return value instanceof Uint8Array ? undefined : wrong(path, "a Uint8Array", value);
  if (typeof value === "number") return undefined;
  if (!LONG_TYPES.includes(scalar ?? 0)) return wrong(path, "a number", value);
  // 64-bit integers may be strings (protobuf-es's option jstype); the library itself refuses values out of range.
  const isLong = typeof value === "bigint" || (typeof value === "string" && /^-?\d+$/.test(value));
  return isLong ? undefined : wrong(path, "a bigint", value);
}

/** Well-known types have forms of their own: a Struct is any JSON object, and a wrapper is a bare value in a field. */
function messageMisfit(field: EsField, message: EsSchema, value: unknown, path: string): string | undefined {
  const [wrapped] = message.fields;
  const isBare = field.fieldKind === "message" && isOutsideOneof(field) && WRAPPERS.test(message.typeName);
  if (isBare && wrapped) return valueMisfit(wrapped, "scalar", value, path);
  if (!hasMembers(value)) return wrong(path, value instanceof Date ? DATE_CURE : "an object", value);
  return message.typeName === "google.protobuf.Struct" ? undefined : esMisfit(message, value, path);
}

const WRAPPERS = /^google\.protobuf\.(?:Double|Float|U?Int32|U?Int64|Bool|String|Bytes)Value$/;
const DATE_CURE = "an object, such as timestampFromDate(date) returns";

function first<T>(items: Iterable<T>, check: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = check(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function wrong(path: string, expected: string, value: unknown): string {
  return `"${path}" must be ${expected}, but is ${inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 60)}`;
}

function at(path: string): string {
  return path === "" ? "it" : `"${path}"`;
}
