/** What follows a run that failed: further runs in this process, until one succeeds or the message's outcome is final. */

import { setMaxListeners } from "node:events";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { textOf } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import { type Outcome, outcomeOfError, outcomeOfUnread, requeue } from "../../../service/outcome.ts";
import { refuseUnrun } from "../../../service/unrun-result.ts";
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { AmqpContext } from "../contracts/message-context.ts";
import type { Incoming } from "../contracts/read-body.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { type ContextSource, DeliveryContext } from "../processing/delivery-context.ts";
import type { FailureLog } from "../processing/failure-log.ts";
import { decide, type FailureOutcome, isRetriable } from "../processing/retry-decision.ts";
import { historyOf, isRetryCopy, type RetryHistory } from "../processing/retry-history.ts";
import { type RunResult, settleRunWithin, succeeded } from "../processing/run-handler.ts";
import type { Settler } from "../settlement/settle.ts";

export interface RetryRunsSettings {
  readonly plan: SubscriptionPlan;
  readonly invoke: HandlerFunction;
  readonly read: (delivery: Delivery) => Incoming | Promise<Incoming>;
  readonly source: ContextSource;
  readonly settler: Settler;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where failures are told that are followed by another run. */
  readonly log: Pick<FailureLog, "goesOn">;
  /** How long a delivery may be held, in milliseconds. */
  readonly holdMs: number;
  /** Told of each run that is followed by another in this process. */
  readonly observeSettled: ((context: DeliveryContext | undefined, outcome: Outcome) => void) | undefined;
}

/** A delivery at work, and the context of its present run, once it has one that lasts. */
export interface AtWork {
  readonly delivery: Delivery;
  context: DeliveryContext | undefined;
}

/** A run that has ended. */
export interface EndedRun {
  /** Undefined when the message could not be read. */
  readonly context: DeliveryContext | undefined;
  readonly result: RunResult;
  /** As `performance.now()` says. */
  readonly startedAt: number;
  /** Of the message, with its failures until now. */
  readonly history?: RetryHistory;
}

export class RetryRuns {
  readonly #settings: RetryRunsSettings;
  /** Aborts when the subscription takes nothing more: what pauses here goes back to the queue. */
  readonly #stopping = new AbortController();

  constructor(settings: RetryRunsSettings) {
    this.#settings = settings;
    // Each message that pauses listens to it; of the eleventh Node would warn as of a leak.
    setMaxListeners(0, this.#stopping.signal);
  }

  /** From now on nothing pauses in the process. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Goes on after a run that failed: gives the last one, with the outcome that is final. Never rejects. */
  async goOn(work: AtWork, first: EndedRun): Promise<EndedRun> {
    const { delivery } = work;
    const { plan, source, holdMs } = this.#settings;
    const before = historyOf(delivery, source.returnExchange);
    const delayedBefore = isRetryCopy(delivery, source.returnExchange);
    const firstFailedAt = before.firstFailedAt ?? new Date().toISOString();
    let run = first;
    for (let runs = 1; ; runs++) {
      const { outcome } = run.result;
      if (outcome.kind === "acknowledge") return run;
      if (outcome.kind === "requeue") return { ...run, history: before };
      const failures = before.failures + runs;
      const decision = decide({
        outcome,
        policy: plan.retry,
        refused: this.#refuses(outcome, run.context),
        failures,
        delayedBefore,
        // What is ordered waits here as well: elsewhere it would be overtaken.
        perInstance: plan.perInstance || plan.orderBy !== undefined,
        holdMs: holdMs - (performance.now() - first.startedAt),
      });
      // A message that fails once and for all has no history to tell.
      const isFirst = decision.kind === "dead-letter" && failures === 1;
      const history = isFirst ? before : { ...before, failures, firstFailedAt };
      if (decision.kind !== "run again") return { ...run, history, result: { ...run.result, outcome: decision } };
      const { pauseMs } = decision;
      const { reason, error } = outcome;
      if (!(await this.#pause(delivery, error, pauseMs))) return { ...run, history, result: { outcome: requeue } };
      if (!delivery.live) return { ...run, history };
      this.#settings.observeSettled?.(run.context, { kind: "retry", delayMs: pauseMs, jitterMs: 0, reason, error });
      run = await this.#run(work, runs);
    }
  }

  /** Whether the policy's `when` wants this message put aside. */
  #refuses(outcome: FailureOutcome, context: DeliveryContext | undefined): boolean {
    const when = this.#settings.plan.retry?.when;
    if (!when || outcome.kind === "retry" || !isRetriable(outcome)) return false;
    try {
      const answer: unknown = when(outcome.error, context as unknown as AmqpContext);
      if (answer === false || answer === "dead-letter") return true;
      if (answer !== true && answer !== "retry") this.#warnOf(answer);
      return false;
    } catch (error) {
      this.#settings.logger.warn({ err: error }, "retry.when threw, so the message is tried again as the policy says");
      return false;
    }
  }

  /** Said for each message: it may be a mistake in one branch of the function only. */
  #warnOf(answer: unknown): void {
    // A rejection that nobody hears of would end the process.
    if (isPromise(answer)) answer.then(undefined, () => {});
    const given = isPromise(answer) ? "a promise (it may not be asynchronous)" : textOf(answer);
    this.#settings.logger.warn(
      `retry.when must give true, false, "retry" or "dead-letter", and gave ${given}: the message is tried again as the policy says`,
    );
  }

  /** False when the subscription stops: then there is no further run. */
  async #pause(delivery: Delivery, error: unknown, ms: number): Promise<boolean> {
    const { settler, log } = this.#settings;
    const { signal } = this.#stopping;
    log.goesOn(delivery, error, ms);
    await settler.pause(ms, signal);
    return !signal.aborted;
  }

  /** Reads the message anew: the last run may have changed what it got. */
  async #run(work: AtWork, runsBefore: number): Promise<EndedRun> {
    const { delivery } = work;
    const { plan, read, source, invoke, clock } = this.#settings;
    const startedAt = performance.now();
    let context: DeliveryContext | undefined;
    try {
      const reading = read(delivery);
      const incoming = isPromise(reading) ? await reading : reading;
      context = new DeliveryContext(source, delivery, incoming.message, incoming.messageUuid, runsBefore);
      work.context = context;
      const returned = invoke(incoming.data, context);
      if (!isPromise(returned)) {
        refuseUnrun(returned, plan.handler.label);
        return { context, startedAt, result: succeeded };
      }
      if (plan.timeoutSeconds !== undefined) {
        const result = await settleRunWithin(returned, context, plan.timeoutSeconds, plan.handler.label, clock);
        return { context, startedAt, result };
      }
      refuseUnrun(await returned, plan.handler.label);
      return { context, startedAt, result: succeeded };
    } catch (error) {
      const outcome = context ? outcomeOfError(error) : outcomeOfUnread(error);
      return { context, startedAt, result: { outcome } };
    }
  }
}
