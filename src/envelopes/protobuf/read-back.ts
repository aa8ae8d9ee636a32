/**
 * Whether an encoded message contains all the given data. Generated code does not describe its fields: it omits unknown fields, and writes
 * 5 as "5" for a string. So the bytes are decoded again and compared, at every depth.
 */
import { inspect } from "node:util";
import { closest } from "../../util/closest.ts";
import { hasMembers } from "./has-members.ts";

/** The form in which a library returns messages that it read. */
export interface ReadBackForm {
  /** The full name of the message, for errors. */
  readonly name: string;
  /**
   * True: a value has one form, and messages are plain objects, as in ts-proto. False: values have several forms, and null means no value.
   */
  readonly exact: boolean;
}

/** What is lost or changed, as a sentence; undefined if everything is there. `back` has every field of its message. */
export function misfitReadBack(given: object, back: object, form: ReadBackForm, path = ""): string | undefined {
  // protobufjs gives 64-bit keys another form, and there only maps are plain objects.
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

/** 32-bit floats are rounded; other numbers must stay the same. */
function numberMisfit(given: number, back: number, path: string): string | undefined {
  const isSame = given === back || Math.fround(given) === back || Number.isNaN(given);
  return isSame ? undefined : `"${path}" is ${given} and would be read as ${back}`;
}

/** Whether the field is the object's own, or one of its class, but not one that every object has. */
function hasField(message: object, field: string): boolean {
  return Object.hasOwn(message, field) || (field in message && !(field in Object.prototype));
}

function fieldsOf(message: object): string[] {
  const names: string[] = [];
  for (const name in message) names.push(name);
  return names;
}

/** Undefined for values with more than one form, such as dates, and 64-bit numbers as objects. */
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

/** Whether the object is a 64-bit number in two halves. */
function isLong(value: object): boolean {
  return "low" in value && "high" in value && "unsigned" in value;
}

function shown(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 60);
}
