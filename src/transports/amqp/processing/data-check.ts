/** The schema of a subscription, as its reader uses it. */
import { validate } from "../../../service/validate.ts";
import { headerNames } from "../names/headers.ts";
import type { SubscriptionPlan } from "../options/plan.ts";

/** Returns the schema's output, or a promise of it; throws, or rejects, with a SchemaError. */
export type DataCheck = (data: unknown, headers: Readonly<Record<string, unknown>> | undefined) => unknown;

/** Decided once, at start; undefined where there is no schema. */
export function createDataCheck({
  reading,
  handler,
}: Pick<SubscriptionPlan, "reading" | "handler">): DataCheck | undefined {
  const { schema } = reading;
  if (!schema) return undefined;
  const what = `The data of a message for ${handler.label}`;
  const { version } = handler.options;
  return (data, headers) => validate(schema, data, what, versionNote(version, headers?.[headerNames.eventVersion]));
}

/** Shown when schema and message have different versions, which is mostly the reason. */
function versionNote(own: number | undefined, theirs: unknown): string | undefined {
  if (own === theirs || (typeof theirs !== "number" && typeof own !== "number")) return undefined;
  const said = typeof theirs === "number" ? `is of version ${theirs}` : "names no version";
  return ` The message ${said}, this contract ${own === undefined ? "names none" : `is of version ${own}`}.`;
}
