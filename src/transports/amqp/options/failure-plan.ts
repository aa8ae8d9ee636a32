/** What happens after a handler failed: retries, a pause of the consumer, a limit for crashes. */
import { type ResolvedCircuitBreaker, resolveCircuitBreaker } from "./circuit-breaker.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import { orderingKeyProblems } from "./ordering-key.ts";
import { type RetryPolicy, resolveRetry, retryProblems } from "./retry-options.ts";
import type { RunPlan } from "./run-plan.ts";
import type { AmqpOptions } from "./subscription-options.ts";

/** What happens after a failure. */
export interface FailurePlan {
  readonly retry: RetryPolicy | undefined;
  readonly circuitBreaker: ResolvedCircuitBreaker | undefined;
  readonly crashLimit: number | false;
  /** Whether the service declares retry queues when it needs them. Otherwise only those for the delays of `retry` exist. */
  readonly makesRetryQueues: boolean;
}

/** The retries and the circuit breaker of the service do not apply to a handler that answers, because a caller waits for it. */
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

/** Retries that do not work with the order of messages, or that would hold a message longer than `heldSeconds`. */
export function failureProblems(
  { retry }: FailurePlan,
  { orderingKey }: RunPlan,
  heldSeconds: number | undefined,
): string[] {
  return [...orderingKeyProblems(orderingKey, retry), ...retryProblems(retry, heldSeconds)];
}
