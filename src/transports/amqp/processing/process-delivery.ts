/** What is done with one delivery, from its body to the decision: read, recognise duplicates, check, call, decide. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import type { DeliveryObserver } from "../../../service/observed-work.ts";
import { type Outcome, outcomeOfError, outcomeOfUnread, requeue } from "../../../service/outcome.ts";
import { refuseUnrun } from "../../../service/unrun-result.ts";
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import type { Incoming } from "../contracts/read-body.ts";
import { type ClaimsSettings, claim, giveUp, idOf } from "./claims.ts";
import { type ContextSource, DeliveryContext } from "./delivery-context.ts";
import { type FailureDecision, Failures, type FailuresSettings } from "./failures.ts";
import { type RunResult, settleRunWithin, succeeded } from "./run-handler.ts";

/** What the subscription does before, between and after the runs of a delivery. */
export interface RunHooks {
  /** Throws for a message that came back so often that it must not run again. */
  readonly refuseSpent: (delivery: Delivery) => void;
  /** Waits before another run in this process; false if the subscription stops instead. Never rejects. */
  readonly waitForNextRun: (delivery: Delivery, error: unknown, pauseMs: number) => Promise<boolean>;
  /** Observes each run that is followed by another in this process; undefined without an observer. */
  readonly observeSettled: ((context: DeliveryContext | undefined, outcome: Outcome) => void) | undefined;
  /** Notifies the caller that a request failed for good; undefined without a reply. */
  readonly answerFailure: ((delivery: Delivery, result: RunResult) => Promise<RunResult>) | undefined;
}

/** What is the same for every delivery of a subscription. */
export interface ProcessingSettings extends Omit<FailuresSettings, "source"> {
  readonly source: ContextSource;
  readonly duplicates: ClaimsSettings["duplicates"];
  /** Handler and middleware as one function. */
  readonly invoke: HandlerFunction;
  readonly read: (delivery: Delivery) => Incoming | Promise<Incoming>;
  readonly clock: Clock;
  /** Aborts when a shutdown has waited long enough: a run that failed is the last one then. */
  readonly signal: AbortSignal;
  readonly hooks: RunHooks;
}

/** A delivery while it is processed, and the context of its present run, where that lasts. */
export interface Work {
  readonly delivery: Delivery;
  context: DeliveryContext | undefined;
  /** Undefined without an observer. */
  readonly watched?: DeliveryObserver | undefined;
}

/** The last run of a delivery, and what becomes of the message. */
export interface Processed {
  readonly kind: "ran";
  readonly result: RunResult;
  /** Undefined when the message could not be read. */
  readonly context: DeliveryContext | undefined;
  /** What the handler was given. */
  readonly data: unknown;
  /** When the last run started, by `performance.now()`. */
  readonly startedAt: number;
  /** The history of the message with its failures until now; undefined when none were counted. */
  readonly history: FailureDecision["history"] | undefined;
}

/** The message was handled before, or another copy of it still runs. */
export interface Duplicate {
  readonly kind: "done" | "later";
}

/**
 * The first run and every later one in this process go through the one loop here. Rejects only for an unexpected error; then the
 * claim against duplicates is released.
 */
export async function processDelivery(processing: ProcessingSettings, work: Work): Promise<Processed | Duplicate> {
  const { delivery, watched } = work;
  const { source, plan, hooks } = processing;
  const { label } = plan.handler;
  const { timeoutSeconds } = plan.runs;
  let claimed: string | undefined;
  let failures: Failures | undefined;
  try {
    for (let runsBefore = 0; ; runsBefore++) {
      const startedAt = performance.now();
      let context: DeliveryContext | undefined;
      let data: unknown;
      let result: RunResult = succeeded;
      try {
        if (runsBefore === 0 && delivery.redelivered) hooks.refuseSpent(delivery);
        // A later run reads the message again: the one before may have changed what it got.
        const reading = processing.read(delivery);
        const incoming = isPromise(reading) ? await reading : reading;
        if (runsBefore === 0) {
          const id = idOf(processing, incoming, delivery);
          if (id !== undefined) {
            const claiming = claim(processing.duplicates, id);
            const found = isPromise(claiming) ? await claiming : claiming;
            if (found !== "new") return { kind: found };
            claimed = id;
          }
        }
        data = incoming.data;
        context = new DeliveryContext(source, delivery, incoming.message, incoming.messageUuid, runsBefore);
        watched?.called?.(context);
        const returned = processing.invoke(data, context);
        if (isPromise(returned)) {
          work.context = context;
          if (timeoutSeconds === undefined) refuseUnrun(await returned, label);
          else result = await settleRunWithin(returned, context, timeoutSeconds, label, processing.clock);
        } else if (returned !== undefined) refuseUnrun(returned, label);
      } catch (error) {
        // Before there was a context the message could not be read, or must not be run; after, its handler or middleware threw.
        result = { outcome: context ? outcomeOfError(error) : outcomeOfUnread(error) };
      }
      const { outcome } = result;
      let history: FailureDecision["history"] | undefined;
      if (outcome.kind !== "acknowledge" && !processing.signal.aborted) {
        failures ??= new Failures(processing, delivery, startedAt);
        const decision = failures.decide(outcome, context);
        ({ history } = decision);
        if (decision.pauseMs !== undefined) {
          const { reason, error } = decision;
          if (!(await hooks.waitForNextRun(delivery, error, decision.pauseMs))) result = { outcome: requeue };
          else if (delivery.live) {
            const again: Outcome = { kind: "retry", delayMs: decision.pauseMs, jitterMs: 0, reason, error };
            hooks.observeSettled?.(context, again);
            watched?.runsAgain?.({ pauseMs: decision.pauseMs, error });
            continue;
          }
        } else result = { ...result, outcome: decision.outcome };
        if (hooks.answerFailure) result = await hooks.answerFailure(delivery, result);
      }
      if (claimed !== undefined) {
        const id = claimed;
        claimed = undefined;
        const released = processing.duplicates.release(id, result.outcome.kind === "acknowledge");
        if (isPromise(released)) await released;
      }
      return { kind: "ran", result, context, data, startedAt, history };
    }
  } catch (error) {
    if (claimed !== undefined) await giveUp(processing.duplicates, claimed);
    throw error;
  }
}
