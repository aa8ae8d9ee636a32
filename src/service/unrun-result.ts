/** A result of a handler that nothing runs: a generator object or a stream. Its message would be acknowledged with the work undone. */
import { types } from "node:util";
import { memberOf } from "../errors.ts";
import { ServiceError } from "./errors.ts";

/**
 * Call it with what a handler returned, after its promise.
 *
 * @throws ServiceError ERR_HANDLER_RESULT when nothing of it has run yet
 */
export function refuseUnrun(returned: unknown, label: string): void {
  if (typeof returned !== "object" || returned === null) return;
  const kind = kindOf(returned);
  if (kind === undefined) return;
  throw new ServiceError(
    "ERR_HANDLER_RESULT",
    `${label}: the handler returned ${kind}, which the framework does not read. Read it in the handler until it ends (\`for await (const item of items) ...\`, \`await pipeline(...)\`), and return nothing or a value.`,
  );
}

function kindOf(value: object): string | undefined {
  if (types.isGeneratorObject(value)) return "a generator object";
  const isNode = typeof memberOf(value, "pipe") === "function" && typeof memberOf(value, "on") === "function";
  const isWeb = typeof memberOf(value, "getReader") === "function" && typeof memberOf(value, "tee") === "function";
  return isNode || isWeb ? "a stream" : undefined;
}
