/** The whole way of one delivery: processed, then settled, exactly once, and its slot is free again. */
import { setMaxListeners } from "node:events";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { clauseOf } from "../../../errors.ts";
import type { MessageContext } from "../../../service/context.ts";
import type { DeliveryObserver, ObservedCopy } from "../../../service/observed-work.ts";
import { acknowledge, type FailedOutcome, type Outcome, requeue } from "../../../service/outcome.ts";
import { FailureLog } from "../processing/failure-log.ts";
import type { DeliveryWatch } from "../processing/observed-delivery.ts";
import { type Processed, type Processing, processDelivery } from "../processing/process-delivery.ts";
import type { Replies } from "../processing/replies.ts";
import { attemptOf } from "../processing/retry-history.ts";
import type { DeadLetterCause } from "../settlement/dead-letter.ts";
import type { Settler } from "../settlement/settle.ts";
import type { Breaker } from "./breaker.ts";
import type { ConsumerControl } from "./consumer-control.ts";
import type { CrashSuspects } from "./crash-suspects.ts";
import type { DeliveryDispatcher } from "./delivery-dispatcher.ts";
import type { Lanes } from "./lanes.ts";
import type { UnsettledDeliveries, UnsettledDelivery } from "./unsettled-deliveries.ts";

export interface DeliveryRunsSettings {
  /** What is the same for every delivery; the rest of it is made of the parts below. */
  readonly processing: Omit<Processing, "refuseSpent" | "waitForNextRun" | "answerFailure">;
  readonly settler: Settler;
  /** Knows failures that are none of the message; undefined without `circuitBreaker`. */
  readonly breaker: Breaker | undefined;
  /** Answers requests; undefined where nothing is answered. */
  readonly replies: Pick<Replies, "failed" | "flushLog"> | undefined;
  /** Knows messages that may have ended a process. */
  readonly suspects: Pick<CrashSuspects, "refuseSpent" | "requeued">;
  /** Puts back what must go back, and is told how long each delivery took. */
  readonly control: Pick<ConsumerControl, "takeBack" | "putBack" | "took">;
  /** Told of each run that has ended: its slot is free. */
  readonly dispatcher: Pick<DeliveryDispatcher, "ended">;
  /** Only with `orderingKey` or `singleActive`. */
  readonly lanes: Pick<Lanes, "began" | "ended"> | undefined;
  readonly unsettled: UnsettledDeliveries;
  /** Undefined while nobody watches. */
  readonly watch: DeliveryWatch | undefined;
}

export class DeliveryRuns {
  readonly #settings: DeliveryRunsSettings;
  readonly #processing: Processing;
  readonly #log: FailureLog;
  /** Aborts when the subscription takes nothing more: what waits here for its next run goes back to the queue. */
  readonly #stopping = new AbortController();
  #disowned = 0;

  constructor(settings: DeliveryRunsSettings) {
    const { processing, suspects, replies } = settings;
    this.#settings = settings;
    this.#log = new FailureLog({ ...processing, returnExchange: processing.source.returnExchange });
    this.#processing = {
      ...processing,
      refuseSpent: (delivery) => suspects.refuseSpent(delivery),
      waitForNextRun: (delivery, error, pauseMs) => this.#waitForNextRun(delivery, error, pauseMs),
      answerFailure: replies && ((delivery, result) => replies.failed(delivery, result)),
    };
    // Each message that waits listens to it; of the eleventh Node would warn as of a leak.
    setMaxListeners(0, this.#stopping.signal);
  }

  /**
   * Takes one delivery its whole way, and frees its slot whatever happens. Never rejects: what nobody expected, in the run or
   * while its failure is handled, gives the message back.
   */
  run(delivery: Delivery): Promise<void> {
    const watched = this.#settings.watch?.(delivery);
    if (!watched?.around) return this.#run(delivery, watched);
    return watched.around(() => this.#run(delivery, watched));
  }

  /** What only waits for its next run goes back to its queue. */
  stopWaiting(): void {
    this.#stopping.abort();
  }

  /** Says what the log had only counted. Call it when no run is left. */
  flushLog(): void {
    this.#log.flush();
    this.#settings.settler.flushLog();
    this.#settings.replies?.flushLog();
  }

  /** Tells the runs to end, and puts back the messages of those that do not. */
  async abort(reason: Error, deadline: Promise<void>): Promise<void> {
    const { unsettled, control } = this.#settings;
    for (const { context } of unsettled.all()) context?.abort(reason);
    await Promise.race([unsettled.settled(), deadline]);
    for (const { delivery } of unsettled.all()) control.putBack(delivery);
  }

  async #run(delivery: Delivery, watched: DeliveryObserver | undefined): Promise<void> {
    const { unsettled, lanes, control } = this.#settings;
    const arrivedAt = performance.now();
    const work: UnsettledDelivery = { delivery, context: undefined, watched, place: -1 };
    lanes?.began(delivery);
    unsettled.add(work);
    let disowned: Processed["result"]["disowned"];
    try {
      const processed = await processDelivery(this.#processing, work);
      if (processed.kind === "ran") {
        ({ disowned } = processed.result);
        const { outcome } = processed.result;
        const settled =
          outcome.kind === "acknowledge"
            ? this.#acknowledge(delivery, arrivedAt)
            : await this.#fail(work, outcome, processed);
        this.#processing.observeSettled?.(processed.context, settled);
        watched?.ended({ outcome: settled, duplicate: false, error: errorOf(processed) });
        control.took(performance.now() - arrivedAt);
      } else {
        const done = processed.kind === "done";
        if (done) delivery.acknowledge();
        else control.putBack(delivery);
        watched?.ended({ outcome: done ? acknowledge : requeue, duplicate: done, error: undefined });
      }
    } catch (error) {
      await this.#rescue(delivery, error);
      watched?.ended({ outcome: requeue, duplicate: false, error });
    } finally {
      if (disowned) await this.#awaitDisowned(work, disowned.ended);
      else this.#end(work);
    }
  }

  async #waitForNextRun(delivery: Delivery, error: unknown, pauseMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    this.#log.goesOn(delivery, error, pauseMs);
    await this.#settings.settler.pause(pauseMs, signal);
    return !signal.aborted;
  }

  /** The last catch of a delivery, and the only one that settles: the message goes back to its queue after a pause. */
  async #rescue(delivery: Delivery, error: unknown): Promise<void> {
    const { logger } = this.#processing;
    const { settler } = this.#settings;
    if (delivery.live) await settler.requeue(delivery);
    logger.error({ err: error }, `a message goes back to its queue: ${clauseOf(error)}, which nothing had expected`);
  }

  #acknowledge(delivery: Delivery, arrivedAt: number): Outcome {
    this.#settings.settler.succeeded();
    delivery.acknowledge();
    this.#settings.breaker?.succeeded(arrivedAt);
    return acknowledge;
  }

  /** Gives what really became of the message. */
  async #fail(
    { delivery, watched }: UnsettledDelivery,
    outcome: FailedOutcome,
    processed: Processed,
  ): Promise<Outcome> {
    const { settler, breaker, control, suspects } = this.#settings;
    const { signal } = this.#processing;
    const { startedAt } = processed;
    if (!delivery.live) {
      breaker?.failed(outcome, startedAt);
      this.#log.void(delivery, outcome);
      return requeue;
    }
    // Whatever a run throws once it was told to end is no failure of the message.
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
    return { kind: "dead-letter", queueName: this.#processing.plan.queue.deadLetterQueue, reason, error };
  }

  #causeOf(delivery: Delivery, outcome: FailedOutcome, processed: Processed): DeadLetterCause {
    const { startedAt, context, history, data } = processed;
    const { plan, source } = this.#processing;
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

  /** A run that outlives its deadline keeps its slot until it really ends. */
  async #awaitDisowned(work: UnsettledDelivery, ended: Promise<unknown>): Promise<void> {
    this.#disowned++;
    this.#processing.logger.warn(
      { disowned: this.#disowned },
      "a run goes on past its timeoutSeconds; it keeps its place until it ends, and its result is ignored",
    );
    this.#settings.unsettled.delete(work);
    await ended;
    this.#disowned--;
    this.#freeSlot(work.delivery);
  }

  #end(work: UnsettledDelivery): void {
    this.#freeSlot(work.delivery);
    this.#settings.unsettled.delete(work);
  }

  #freeSlot(delivery: Delivery): void {
    this.#settings.dispatcher.ended();
    this.#settings.lanes?.ended(delivery);
  }
}

function errorOf({ result }: Processed): unknown {
  return "error" in result.outcome ? result.outcome.error : result.answered;
}
