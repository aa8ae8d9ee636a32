/**
 * Whether an encoded message has all the given data. Generated code does not describe its fields: it leaves out unknown fields, and
 * writes 5 as "5" for a string. So the bytes are read again and compared, at every depth.
 */
import { inspect } from "node:util";
import { closest } from "../../util/closest.ts";
import { hasMembers } from "./has-members.ts";

/** The form of a library's messages when they are read. */
export interface ReadBackForm {
  /** The full name of the message, for errors. */
  readonly name: string;
  /** A value has one form, and messages are plain objects, as in ts-proto. Otherwise values have several, and null means no value. */
  readonly exact: boolean;
}

/** What is lost or altered, as a sentence; undefined when everything given is there. `back` has every field of its message. */
export function misfitReadBack(given: object, back: object, form: ReadBackForm, path = ""): string | undefined {
  // protobufjs gives keys of 64 bits another form, and only maps are plain objects there.
  const isMap = !form.exact && Object.getPrototypeOf(back) === Object.prototype;
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined || field.startsWith("$") || (value === null && !form.exact)) continue;
    const place = path === "" ? field : `${path}.${field}`;
    if (!hasField(back, field)) {
      if (isMap) continue;
      const meant = closest(field, fieldsOf(back));
      return `"${form.name}" has no field "${place}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
    }
    const problem = valueMisfit(value, (back as Readonly<Record<string, unknown>>)[field], form, place);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function valueMisfit(given: unknown, back: unknown, form: ReadBackForm, path: string): string | undefined {
  if (back === undefined || back === null) {
    return (given ?? undefined) === undefined
      ? undefined
      : `"${path}" cannot be ${shown(given)}: this value would not be sent`;
  }
  const expected = kindOf(back);
  const isWrong = expected !== undefined && kindOf(given) !== expected;
  if (isWrong && (form.exact || (expected === "an object" && typeof given === "object"))) {
    return `"${path}" must be ${expected}, but is ${shown(given)}`;
  }
  if (Array.isArray(given) && Array.isArray(back)) return listMisfit(given, back, form, path);
  if (typeof given === "number" && typeof back === "number") return numberMisfit(given, back, path);
  return expected === "an object" && typeof given === "object" && given !== null
    ? misfitReadBack(given, back, form, path)
    : undefined;
}

function listMisfit(
  given: readonly unknown[],
  back: readonly unknown[],
  form: ReadBackForm,
  path: string,
): string | undefined {
  for (const [index, item] of given.entries()) {
    const problem = valueMisfit(item, back[index], form, `${path}[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Floats of 32 bits are rounded; nothing else may be. */
function numberMisfit(given: number, back: number, path: string): string | undefined {
  const isSame = given === back || Math.fround(given) === back || Number.isNaN(given);
  return isSame ? undefined : `"${path}" is ${given} and would be read as ${back}`;
}

/** Own, or of the class; not what every object has. */
function hasField(message: object, field: string): boolean {
  return Object.hasOwn(message, field) || (field in message && !(field in Object.prototype));
}

function fieldsOf(message: object): string[] {
  const names: string[] = [];
  for (const name in message) names.push(name);
  return names;
}

/** Undefined for what has more than one form, such as numbers of 64 bits as objects, and dates. */
function kindOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Uint8Array) return "a Uint8Array";
  switch (typeof value) {
    case "string":
      return "a string";
    case "number":
      return "a number";
    case "bigint":
      return "a bigint";
    case "boolean":
      return "true or false";
    case "object":
      return hasMembers(value) && !isLong(value) ? "an object" : undefined;
    default:
      return undefined;
  }
}

/** A number of 64 bits as its two halves. */
function isLong(value: object): boolean {
  return "low" in value && "high" in value && "unsigned" in value;
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 60);
}
