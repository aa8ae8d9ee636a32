/** `propagateHeaders`: which headers go on from what is handled to what its handler sends. */
import { refuseProblems } from "../../../service/errors.ts";
import type { FieldCheck } from "../../../util/check-fields.ts";
import { isBrokerHeader, ownPrefix } from "../names/headers.ts";

export const propagatedHeadersCheck: FieldCheck = {
  expected: 'a list of header names, as in ["x-tenant"]',
  fits: (value) =>
    Array.isArray(value) && value.every((name) => typeof name === "string" && problemOf(name) === undefined),
  problem: (value) => {
    if (!Array.isArray(value)) return undefined;
    const wrong: unknown = value.find((name) => typeof name !== "string" || problemOf(name) !== undefined);
    return typeof wrong === "string" ? problemOf(wrong) : undefined;
  },
};

function problemOf(name: string): string | undefined {
  // AMQP 0-9-1, 4.2.5.5: a field name is a short string.
  if (name === "" || Buffer.byteLength(name) > 255) return "a name is empty, or has more than 255 bytes";
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
