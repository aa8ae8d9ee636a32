/** What follows a failure of a subscription's handler: retries, a pause of the consumer, a limit for crashes. */
import { type ResolvedCircuitBreaker, resolveCircuitBreaker } from "./circuit-breaker.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import { orderingKeyProblems } from "./ordering-key.ts";
import { type RetryPolicy, resolveRetry, retryProblems } from "./retry-options.ts";
import type { RunPlan } from "./run-plan.ts";
import type { AmqpOptions } from "./subscription-options.ts";

/** What follows a failure. */
export interface FailurePlan {
  readonly retry: RetryPolicy | undefined;
  readonly circuitBreaker: ResolvedCircuitBreaker | undefined;
  readonly crashLimit: number | false;
  /** The service makes the retry queues that it needs. Else there are those for the delays of `retry` only. */
  readonly makesRetryQueues: boolean;
}

/** The retries and the circuit breaker of the service do not hold for a handler that answers: a caller waits for it. */
export function resolveFailures(
  own: AmqpOptions,
  { handling: defaults, topology }: Pick<ResolvedAmqpOptions, "handling" | "topology">,
  { reply }: RunPlan,
): FailurePlan {
  return {
    retry: resolveRetry(own.retry ?? (reply ? false : defaults.retry)),
    circuitBreaker: resolveCircuitBreaker(own.circuitBreaker ?? (reply ? undefined : defaults.circuitBreaker)),
    crashLimit: own.crashLimit ?? defaults.crashLimit ?? 5,
    makesRetryQueues: topology.declare.queue === true,
  };
}

/** Retries that do not go with the order of messages, or that would hold a message for longer than `heldSeconds`. */
export function failureProblems(
  { retry }: FailurePlan,
  { orderingKey }: RunPlan,
  heldSeconds: number | undefined,
): string[] {
  return [...orderingKeyProblems(orderingKey, retry), ...retryProblems(retry, heldSeconds)];
}
