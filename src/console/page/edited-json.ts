/** JSON text that is edited with fields. What is sent is always the text. */
import type { JsonSchema } from "../view/plan-view.ts";

/**
 * Whether fields can edit the text. Fields write the whole text again, so they are only for text that does not change when it is parsed and
 * written: a number with more digits than JavaScript has would change. Zeros at the end of a fraction may go: the time of an envelope has
 * three digits, `1796043022.150`.
 */
export function hasFields(schema: JsonSchema, text: string, member: string | undefined): boolean {
  if (!schema.properties) return false;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(member === undefined ? value : valueAt(value, member)) && writtenJson(value) === shortNumbers(text);
  } catch {
    return false;
  }
}

/** What the fields show: all of the JSON, or one member. */
export function membersAt(text: string, member: string | undefined): unknown {
  const value: unknown = JSON.parse(text);
  return member === undefined ? value : valueAt(value, member);
}

/** The text with the current values of the fields. */
export function withMembersAt(text: string, member: string | undefined, next: unknown): string {
  if (member === undefined) return writtenJson(next);
  return writtenJson({ ...(JSON.parse(text) as object), [member]: next });
}

/** JSON as the editor shows it. */
export function writtenJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

/** JSON text whose numbers have no zeros at the end of their fraction. */
function shortNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|(-?\d+)\.(\d*?)0+(?![\d.eE])/g, (found, whole?: string, digits?: string) =>
    whole === undefined ? found : digits ? `${whole}.${digits}` : whole,
  );
}

function valueAt(value: unknown, member: string): unknown {
  return isObject(value) ? value[member] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
