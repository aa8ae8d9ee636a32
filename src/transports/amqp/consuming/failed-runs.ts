/**
 * What happens to a delivery whose last run failed: its message is copied or requeued, and the log and the circuit breaker
 * are notified.
 */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { MessageContext } from "../../../service/context.ts";
import type { ObservedCopy } from "../../../service/observed-work.ts";
import { type FailedOutcome, type Outcome, requeue } from "../../../service/outcome.ts";
import { FailureLog } from "../processing/failure-log.ts";
import type { Processed, ProcessingSettings } from "../processing/process-delivery.ts";
import { attemptOf } from "../processing/retry-history.ts";
import type { DeadLetterCause } from "../settlement/dead-letter.ts";
import type { Settler } from "../settlement/settle.ts";
import type { Breaker } from "./breaker.ts";
import type { ConsumerParts } from "./consumer-parts.ts";
import type { UnsettledDelivery } from "./unsettled-deliveries.ts";

export interface FailedRunsSettings {
  readonly processing: Pick<ProcessingSettings, "plan" | "source" | "logger" | "clock" | "signal">;
  readonly parts: Pick<ConsumerParts, "suspects" | "control">;
  readonly settler: Settler;
  /** Undefined without `circuitBreaker`. */
  readonly breaker: Breaker | undefined;
}

export class FailedRuns {
  readonly #settings: FailedRunsSettings;
  readonly #log: FailureLog;

  constructor(settings: FailedRunsSettings) {
    const { processing } = settings;
    this.#settings = settings;
    this.#log = new FailureLog({ ...processing, returnExchange: processing.source.returnExchange });
  }

  /** A run failed, and another follows in this process. */
  goesOn(delivery: Delivery, error: unknown, pauseMs: number): void {
    this.#log.goesOn(delivery, error, pauseMs);
  }

  /** Logs what was only counted. */
  flushLog(): void {
    this.#log.flush();
  }

  /** Returns the final outcome of the message. */
  async settle(
    { delivery, watched }: UnsettledDelivery,
    outcome: FailedOutcome,
    processed: Processed,
  ): Promise<Outcome> {
    const { settler, breaker, parts, processing } = this.#settings;
    const { control, suspects } = parts;
    const { signal } = processing;
    const { startedAt } = processed;
    if (!delivery.live) {
      breaker?.failed(outcome, startedAt);
      this.#log.void(delivery, outcome);
      return requeue;
    }
    // An error of a run after its abort is no failure of the message.
    const final: FailedOutcome = signal.aborted ? requeue : outcome;
    if (breaker?.failed(final, startedAt)) {
      this.#log.failed(delivery, requeue);
      suspects.requeued();
      await control.takeBack(delivery);
      return requeue;
    }
    this.#log.failed(delivery, final);
    if (final.kind === "requeue") suspects.requeued();
    const settled = await settler.settle(delivery, final, () => ({
      ...this.#causeOf(delivery, outcome, processed),
      carried: final.kind === "requeue" ? undefined : watched?.copying?.(final.kind),
    }));
    if (!settled) return requeue;
    if (watched?.copied && final.kind !== "requeue") watched.copied(this.#copyOf(final));
    return final;
  }

  #copyOf(outcome: Exclude<FailedOutcome, { readonly kind: "requeue" }>): ObservedCopy {
    const { reason, error } = outcome;
    if (outcome.kind === "retry") return { kind: "retry", delayMs: outcome.delayMs, reason, error };
    return { kind: "dead-letter", queueName: this.#settings.processing.plan.queue.deadLetterQueue, reason, error };
  }

  #causeOf(delivery: Delivery, outcome: FailedOutcome, processed: Processed): DeadLetterCause {
    const { startedAt, context, history, data } = processed;
    const { plan, source } = this.#settings.processing;
    const failedAt = new Date();
    return {
      reason: outcome.kind === "requeue" ? "handler-error" : outcome.reason,
      error: outcome.kind === "requeue" ? undefined : outcome.error,
      plan,
      service: source.service,
      attempts: context?.attempt ?? attemptOf(delivery, source),
      history,
      returnExchange: source.returnExchange,
      startedAt: new Date(failedAt.getTime() - (performance.now() - startedAt)),
      failedAt,
      data,
      context: context as MessageContext | undefined,
    };
  }
}
