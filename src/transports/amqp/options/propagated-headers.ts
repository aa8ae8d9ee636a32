/** `propagateHeaders`: which headers are copied from a handled message to what its handler sends. */
import { headerBytes } from "../../../amqp-client/header-values.ts";
import { kindOf } from "../../../amqp-client/message-rules.ts";
import { clauseOf } from "../../../errors.ts";
import { refuseProblems } from "../../../service/errors.ts";
import type { FieldCheck } from "../../../util/check-fields.ts";
import { isBrokerHeader, ownPrefix } from "../names/headers.ts";

export const propagatedHeadersCheck: FieldCheck = {
  expected: 'a list of header names, as in ["x-tenant"]',
  // An empty place of a list is read as undefined here; every() would skip it.
  fits: (value) => Array.isArray(value) && Array.from(value).every((name) => problemOf(name) === undefined),
  problem: (value) => {
    if (!Array.isArray(value)) return undefined;
    const problems = Array.from(value, problemOf).filter((problem) => problem !== undefined);
    return [...new Set(problems)].join("; ") || undefined;
  },
};

function problemOf(name: unknown): string | undefined {
  if (typeof name !== "string") return `${kindOf(name)} is not a name`;
  if (name === "") return "a name is empty";
  try {
    headerBytes({ [name]: null });
  } catch (error) {
    return `AMQP cannot carry a header with this name: it ${clauseOf(error)}`;
  }
  if (isBrokerHeader(name)) return `the broker acts on "${name}", so a copy of it would have unwanted effects`;
  return name.startsWith(ownPrefix) ? `only the framework writes "${name}"` : undefined;
}

/** @throws ERR_CONFIGURATION without asyncContext: the headers would not be propagated, without any message */
export function refusePropagation(service: string, names: readonly string[], followsContext: boolean): void {
  if (names.length === 0 || followsContext) return;
  refuseProblems(`The service "${service}"`, [
    "options.amqp.propagateHeaders needs options.asyncContext: true, so that a publish knows which message is being handled.",
  ]);
}
