/**
 * The header `x-death` in what a service publishes. RabbitMQ before 3.13 takes it over as it is when it dead-letters the message,
 * and crashes on an entry that is not a table, or on a count that is not a number.
 */

/** What is wrong with it, as a clause; undefined when a broker can read it. */
export function deathHeaderProblem(headers: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const deaths = headers?.["x-death"];
  if (deaths === undefined) return undefined;
  if (!Array.isArray(deaths)) return "x-death is not a list";
  for (const death of deaths as readonly unknown[]) {
    if (typeof death !== "object" || death === null || Array.isArray(death) || Buffer.isBuffer(death)) {
      return "x-death has an entry that is not a table";
    }
    const { count } = death as { readonly count?: unknown };
    if (count !== undefined && typeof count !== "number" && typeof count !== "bigint") {
      return "x-death has a count that is not a number";
    }
  }
  return undefined;
}
