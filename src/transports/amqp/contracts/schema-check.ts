/** The option `schema`, of any owner. */
import { isStandardSchema } from "../../../service/standard-schema.ts";
import type { FieldCheck } from "../../../util/check-fields.ts";

export const schemaCheck: FieldCheck = {
  expected: "a Standard Schema, such as one of zod 4, valibot 1 or arktype 2",
  fits: isStandardSchema,
};
