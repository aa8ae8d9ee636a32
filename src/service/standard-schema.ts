/** Standard Schema, version 1 (https://standardschema.dev): the common interface of zod, valibot, arktype and others. */

/**
 * A schema of any library that supports Standard Schema. `Input` is the type before validation, `Output` the type after it. It is declared
 * here so that nothing has to be installed for it; the schemas of the libraries match it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The members that the standard defines. */
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

/** What Standard Schema defines of a schema. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** The version of the standard. */
  readonly version: 1;
  /** The library that made the schema. */
  readonly vendor: string;
  /** Checks a value and returns the result. Issues are returned and not thrown. */
  readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** Exists only for the compiler. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

/** The result of `validate`: a value, or issues, never both. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One problem of a value. */
export interface SchemaIssue {
  /** The problem as text, in the words of the library. Some libraries include the value. */
  readonly message: string;
  /** The path to the wrong part, from the outside in; absent or empty for the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The input of a schema: the type of data before it is validated. */
export type SchemaInput<S> = S extends { readonly "~standard": { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly input: infer Input }
    ? Input
    : unknown
  : unknown;

/** The output of a schema: the type of data after it was validated and transformed. */
export type SchemaOutput<S> = S extends { readonly "~standard": { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown;

/** Whether a value is a schema; some libraries' schemas are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const props = (value as { readonly "~standard"?: unknown })["~standard"];
  if (typeof props !== "object" || props === null) return false;
  const { version, validate } = props as { readonly version?: unknown; readonly validate?: unknown };
  return version === 1 && typeof validate === "function";
}
