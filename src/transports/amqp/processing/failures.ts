/** The failed runs of one delivery, counted, and what becomes of the message after each. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { textOf } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import { type DeadLetterReason, type FailedOutcome, requeue } from "../../../service/outcome.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { AmqpContext } from "../contracts/message-context.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { ContextSource, DeliveryContext } from "./delivery-context.ts";
import { decide, type FailureOutcome, isRetriable } from "./retry-decision.ts";
import { historyOf, isRetryCopy, type RetryHistory } from "./retry-history.ts";

export interface FailuresSettings {
  readonly plan: SubscriptionPlan;
  readonly source: Pick<ContextSource, "returnExchange">;
  readonly logger: Logger;
  /** How long a delivery may be held, in milliseconds. */
  readonly holdMs: number;
}

/** Another run in this process after a pause, or the outcome that is final. */
export type FailureDecision =
  | { readonly history: RetryHistory; readonly pauseMs?: undefined; readonly outcome: FailedOutcome }
  | {
      readonly history: RetryHistory;
      /** In milliseconds. */
      readonly pauseMs: number;
      readonly reason: DeadLetterReason;
      readonly error: unknown;
    };

export class Failures {
  readonly #settings: FailuresSettings;
  readonly #before: RetryHistory;
  readonly #delayedBefore: boolean;
  readonly #firstFailedAt: string;
  /** As `performance.now()` says. */
  readonly #firstStartedAt: number;
  /** Of this delivery. */
  #runs = 0;

  constructor(settings: FailuresSettings, delivery: Delivery, firstStartedAt: number) {
    const { returnExchange } = settings.source;
    this.#settings = settings;
    this.#before = historyOf(delivery, returnExchange);
    this.#delayedBefore = isRetryCopy(delivery, returnExchange);
    this.#firstFailedAt = this.#before.firstFailedAt ?? new Date().toISOString();
    this.#firstStartedAt = firstStartedAt;
  }

  /** Counts one more run that failed. */
  decide(outcome: FailedOutcome, context: DeliveryContext | undefined): FailureDecision {
    const { plan, holdMs } = this.#settings;
    const before = this.#before;
    if (outcome.kind === "requeue") return { history: before, outcome: requeue };
    const failures = before.failures + ++this.#runs;
    const decision = decide({
      outcome,
      policy: plan.failures.retry,
      refused: this.#refuses(outcome, context),
      failures,
      delayedBefore: this.#delayedBefore,
      // What is ordered waits here as well: elsewhere it would be overtaken.
      perInstance: plan.queue.perInstance || plan.runs.orderingKey !== undefined,
      makesRetryQueues: plan.failures.makesRetryQueues,
      holdMs: holdMs - (performance.now() - this.#firstStartedAt),
    });
    // A message that fails once and for all has no history to tell.
    const isFirst = decision.kind === "dead-letter" && failures === 1;
    const history = isFirst ? before : { ...before, failures, firstFailedAt: this.#firstFailedAt };
    if (decision.kind !== "run again") return { history, outcome: decision };
    return { history, pauseMs: decision.pauseMs, reason: outcome.reason, error: outcome.error };
  }

  /** Whether the policy's `when` asks to dead-letter this message. */
  #refuses(outcome: FailureOutcome, context: DeliveryContext | undefined): boolean {
    const when = this.#settings.plan.failures.retry?.when;
    if (!when || outcome.kind === "retry" || !isRetriable(outcome)) return false;
    try {
      const answer: unknown = when(outcome.error, context as unknown as AmqpContext);
      if (answer === false || answer === "dead-letter") return true;
      if (answer !== true && answer !== "retry") this.#warnOf(answer);
      return false;
    } catch (error) {
      this.#settings.logger.warn({ err: error }, "retry.when threw, so the retry policy applies to the message");
      return false;
    }
  }

  /** Said for each message: it may be a mistake in one branch of the function only. */
  #warnOf(answer: unknown): void {
    // An unhandled rejection would end the process.
    if (isPromise(answer)) answer.then(undefined, () => {});
    const given = isPromise(answer) ? "a promise (it must not be asynchronous)" : textOf(answer);
    this.#settings.logger.warn(
      `retry.when must return true, false, "retry" or "dead-letter", but returned ${given}: the retry policy applies to the message`,
    );
  }
}
