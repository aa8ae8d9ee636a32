/** The option `circuitBreaker`: after which failures of a handler its consumer pauses, and for how long. */
import { type FieldCheck, type FieldChecks, integer, oneOf, seconds } from "../../../util/check-fields.ts";

/** Which failures are counted together. */
export type FailureGrouping = "same-class" | "any-class";

/** When to pause the consumer of a handler that fails repeatedly, and when to try one message. */
export interface CircuitBreakerOptions {
  /** How many failures within `windowSeconds` pause the consumer, 1 to 10000. */
  readonly failures: number;
  /** The length of the window, in seconds. @default 60 */
  readonly windowSeconds?: number | undefined;
  /**
   * "same-class": only failures with the same error class (and code, if there is one) are counted together. "any-class": all failures are.
   * @default "same-class"
   */
  readonly of?: FailureGrouping | undefined;
  /** The first pause in seconds; after it one message is tried. Each failed try doubles the pause. @default 10 */
  readonly probeAfterSeconds?: number | undefined;
  /** The longest pause, in seconds. @default 300, or `probeAfterSeconds` if that is more */
  readonly maxPauseSeconds?: number | undefined;
}

/** The options, complete. */
export interface ResolvedCircuitBreaker {
  readonly failures: number;
  readonly windowMs: number;
  readonly of: FailureGrouping;
  readonly probeAfterMs: number;
  readonly maxPauseMs: number;
}

const fields: FieldChecks = {
  failures: integer(1, 10_000),
  windowSeconds: seconds,
  of: oneOf("same-class", "any-class"),
  probeAfterSeconds: seconds,
  maxPauseSeconds: seconds,
};

const count = integer(1, 10_000);

export const circuitBreakerCheck: FieldCheck = {
  expected:
    "a number of failures, 1 to 10000, or an object { failures, windowSeconds?, of?, probeAfterSeconds?, maxPauseSeconds? }",
  fits: (value) => count.fits(value) || saysFailures(value),
  fields,
};

/** Also true for an object with an unknown field: the error then names the field and suggests another. */
function saysFailures(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return (
    (value as { failures?: unknown }).failures !== undefined ||
    Object.keys(value).some((name) => !Object.hasOwn(fields, name))
  );
}

/** Fills in the defaults. A number means the number of failures. */
export function resolveCircuitBreaker(
  given: number | CircuitBreakerOptions | undefined,
): ResolvedCircuitBreaker | undefined {
  if (given === undefined) return undefined;
  const options = typeof given === "number" ? { failures: given } : given;
  const { failures, windowSeconds = 60, of = "same-class", probeAfterSeconds = 10 } = options;
  const maxPauseSeconds = options.maxPauseSeconds ?? Math.max(300, probeAfterSeconds);
  return Object.freeze({
    failures,
    windowMs: windowSeconds * 1000,
    of,
    probeAfterMs: probeAfterSeconds * 1000,
    maxPauseMs: Math.max(maxPauseSeconds, probeAfterSeconds) * 1000,
  });
}
