/** The schema of a reply. An async one has as long as a publish. */
import { unansweredSchema } from "../../../service/schema-error.ts";
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { validate } from "../../../service/validate.ts";
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { within } from "../../../util/within.ts";

/** @throws SchemaError when the reply does not fit, or the schema gives no answer within `seconds` */
export function checkReply(
  schema: StandardSchema,
  value: unknown,
  label: string,
  seconds: number,
  clock: Clock,
): unknown {
  const what = `The reply of ${label}`;
  const checking = validate(schema, value, what);
  if (!isPromise(checking)) return checking;
  return within(checking, seconds * 1000, clock, () => unansweredSchema(what, seconds, "raise publishTimeoutSeconds"));
}
