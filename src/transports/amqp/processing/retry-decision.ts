/** Whether a message whose run failed is handled again, and when: decided from the policy and from what was before. */
import { hasCode } from "../../../errors.ts";
import { type FailedOutcome, requeue } from "../../../service/outcome.ts";
import { backoffMs } from "../../../util/backoff.ts";
import { ladderMs, rungFor } from "../names/retry-ladder.ts";
import type { RetryPolicy } from "../options/retry-options.ts";

/** How many runs RetryLater may ask for without a policy: without a limit it could repeat forever. */
const runsWithoutPolicy = 100;
const quickPause = { firstMs: 100, maxMs: 2000 };

/** Outcomes that may be retried: all except a requeue by the handler. */
export type FailureOutcome = Exclude<FailedOutcome, { readonly kind: "requeue" }>;

export interface FailedRun {
  readonly outcome: FailureOutcome;
  readonly policy: RetryPolicy | undefined;
  /** The policy's `when` said no. */
  readonly refused: boolean;
  /** Failed runs of this message, this one included. */
  readonly failures: number;
  /** It has been delayed before: quick retries come first only. */
  readonly delayedBefore: boolean;
  /** The queue belongs to one instance: nothing can wait outside the process. */
  readonly perInstance: boolean;
  /** The service makes the retry queues that it needs; else there are those of the policy's delays only. @default true */
  readonly makesRetryQueues?: boolean;
  /** How long the delivery may still be held, in milliseconds. */
  readonly holdMs: number;
}

/** The final outcome, or another run in this process after a pause. */
export type Decision = { readonly kind: "run again"; readonly pauseMs: number } | FailedOutcome;

export function decide(run: FailedRun): Decision {
  const { outcome, policy, refused, failures, holdMs, makesRetryQueues = true } = run;
  if (refused || !isRetriable(outcome)) return outcome;
  const { reason, error } = outcome;
  const deadLettered: FailedOutcome = { kind: "dead-letter", reason, error };
  const attempts = policy?.attempts ?? (outcome.kind === "retry" ? runsWithoutPolicy : 1);
  if (failures >= attempts) return deadLettered;
  // A run that passed its deadline may still continue: a second one at the same time would be dangerous.
  const mayRunHere = reason !== "timeout";
  if (outcome.kind === "dead-letter" && mayRunHere && isQuick(run)) {
    const pauseMs = backoffMs(failures, quickPause);
    if (pauseMs <= holdMs) return { kind: "run again", pauseMs };
  }
  const delaysMs = policy?.delaysMs ?? [];
  const ladder = makesRetryQueues ? ladderMs : [];
  const delayMs = outcome.kind === "retry" ? rungFor(outcome.delayMs, ladder, delaysMs) : delayOf(run);
  if (delayMs === undefined) return deadLettered;
  const jitterMs = Math.round((policy?.jitterMs ?? 0) * Math.random());
  const waitsHere = run.perInstance || (ladder.length === 0 && delaysMs.length === 0);
  if (!waitsHere) return { kind: "retry", delayMs, jitterMs, reason, error };
  if (!mayRunHere) return deadLettered;
  return holdMs > 0 ? { kind: "run again", pauseMs: Math.min(delayMs + jitterMs, holdMs) } : requeue;
}

/** A routing key that cannot be made of a message's data, or whose parameters cannot be read. */
const codesOfKeys = [
  "ERR_AMQP_KEY_PARAMETER",
  "ERR_AMQP_KEY_MISMATCH",
  "ERR_AMQP_ROUTING_KEY_TOO_LONG",
  "ERR_AMQP_ROUTING_KEY_INVALID",
] as const;

/** A message that was rejected, cannot be read, or has no valid routing key fails the same way at the next run. */
export function isRetriable({ reason, error }: FailureOutcome): boolean {
  if (codesOfKeys.some((code) => hasCode(error, code))) return false;
  return reason === "handler-error" || reason === "timeout";
}

function isQuick({ policy, failures, delayedBefore }: FailedRun): boolean {
  return policy !== undefined && !delayedBefore && failures <= policy.quick;
}

/** The delay of the policy that is due; the last repeats. */
function delayOf({ policy, failures }: FailedRun): number | undefined {
  const delays = policy?.delaysMs ?? [];
  return delays[Math.max(0, failures - 1 - (policy?.quick ?? 0))] ?? delays.at(-1);
}
