/** Validates data with a schema: returns its output, or throws a SchemaError. */
import { isList, textOf } from "../errors.ts";
import { isPromise } from "../util/is-promise.ts";
import { failedSchema, refusedBySchema } from "./schema-error.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";

/**
 * Validates and transforms. Returns the schema's output, or a promise of it where the schema is async; throws, or rejects,
 * with a SchemaError. `what` names the data in it, and `note` may add a sentence.
 */
export function validate(schema: StandardSchema, data: unknown, what: string, note?: string): unknown {
  let result: SchemaResult<unknown> | Promise<SchemaResult<unknown>>;
  try {
    result = schema["~standard"].validate(data);
  } catch (error) {
    throw failedSchema(what, error);
  }
  if (!isPromise(result)) return outputOf(result, what, note);
  return result.then(
    (settled) => outputOf(settled, what, note),
    (error: unknown) => {
      throw failedSchema(what, error);
    },
  );
}

function outputOf(result: SchemaResult<unknown>, what: string, note: string | undefined): unknown {
  if (typeof result !== "object" || result === null) {
    throw failedSchema(what, new TypeError(`validate() returned ${textOf(result)} instead of a result`));
  }
  let issues: unknown;
  let value: unknown;
  try {
    issues = result.issues;
    value = issues ? undefined : (result as { readonly value: unknown }).value;
  } catch (error) {
    throw failedSchema(what, error);
  }
  if (!issues) return value;
  if (!isList(issues)) throw failedSchema(what, new TypeError("validate() returned issues that are not a list"));
  throw refusedBySchema(what, issues as readonly SchemaIssue[], note);
}
