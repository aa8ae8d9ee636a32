/** The whole way of one delivery: processed, then settled, exactly once, and its slot is free again. */
import { setMaxListeners } from "node:events";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { clauseOf } from "../../../errors.ts";
import type { MessageContext } from "../../../service/context.ts";
import { acknowledge, type FailedOutcome, type Outcome, requeue } from "../../../service/outcome.ts";
import { type Placed, Roster } from "../../../util/roster.ts";
import { FailureLog } from "../processing/failure-log.ts";
import { type Processed, type Processing, processDelivery, type Work } from "../processing/process-delivery.ts";
import type { Replies } from "../processing/replies.ts";
import { attemptOf } from "../processing/retry-history.ts";
import type { DeadLetterCause } from "../settlement/dead-letter.ts";
import type { Settler } from "../settlement/settle.ts";
import type { Breaker } from "./breaker.ts";
import type { CrashSuspects } from "./crash-suspects.ts";
import type { Flow } from "./flow.ts";

export interface DeliveryRunsSettings extends Omit<Processing, "refuseSpent" | "waitForNextRun" | "answerFailure"> {
  readonly settler: Settler;
  /** Knows failures that are none of the message; undefined without `circuitBreaker`. */
  readonly breaker: Breaker | undefined;
  /** Answers requests; undefined where nothing is answered. */
  readonly replies: Pick<Replies, "failed" | "flushLog"> | undefined;
  /** Knows messages that may have ended a process. */
  readonly suspects: Pick<CrashSuspects, "refuseSpent" | "requeued">;
  /** Puts back what must go back. */
  readonly flow: Pick<Flow, "takeBack" | "putBack">;
  /** A run has ended, and its slot is free. */
  ended(delivery: Delivery): void;
  /** How long a delivery took from its first run's beginning to its settlement. */
  took(milliseconds: number): void;
}

/** One from its arrival here until it is settled. */
type Unsettled = Work & Placed;

export class DeliveryRuns {
  readonly #settings: DeliveryRunsSettings;
  readonly #processing: Processing;
  readonly #log: FailureLog;
  readonly #unsettled = new Roster<Unsettled>();
  /** Aborts when the subscription takes nothing more: what waits here for its next run goes back to the queue. */
  readonly #stopping = new AbortController();
  #disowned = 0;
  #idle: (() => void) | undefined;

  constructor(settings: DeliveryRunsSettings) {
    const { suspects, replies } = settings;
    this.#settings = settings;
    this.#log = new FailureLog({ ...settings, returnExchange: settings.source.returnExchange });
    this.#processing = {
      ...settings,
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
  async run(delivery: Delivery): Promise<void> {
    const arrivedAt = performance.now();
    const work: Unsettled = { delivery, context: undefined, place: -1 };
    this.#unsettled.add(work);
    let disowned: Processed["result"]["disowned"];
    try {
      const processed = await processDelivery(this.#processing, work);
      if (processed.kind === "ran") {
        ({ disowned } = processed.result);
        const { outcome } = processed.result;
        const settled =
          outcome.kind === "acknowledge"
            ? this.#acknowledge(delivery, arrivedAt)
            : await this.#fail(delivery, outcome, processed);
        this.#settings.observeSettled?.(processed.context, settled);
        this.#settings.took(performance.now() - arrivedAt);
      } else if (processed.kind === "done") delivery.acknowledge();
      else this.#settings.flow.putBack(delivery);
    } catch (error) {
      await this.#rescue(delivery, error);
    } finally {
      if (disowned) await this.#awaitDisowned(work, disowned.ended);
      else this.#end(work);
    }
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

  /** Resolves when no delivery is at work. */
  ended(): Promise<void> {
    if (this.#unsettled.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#idle;
      this.#idle = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Tells the runs to end, and puts back the messages of those that do not. */
  async abort(reason: Error, patience: Promise<void>): Promise<void> {
    for (const { context } of this.#unsettled.all()) context?.abort(reason);
    await Promise.race([this.ended(), patience]);
    for (const { delivery } of this.#unsettled.all()) this.#settings.flow.putBack(delivery);
  }

  async #waitForNextRun(delivery: Delivery, error: unknown, pauseMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    this.#log.goesOn(delivery, error, pauseMs);
    await this.#settings.settler.pause(pauseMs, signal);
    return !signal.aborted;
  }

  /** The last catch of a delivery, and the only one that settles: the message goes back to its queue after a pause. */
  async #rescue(delivery: Delivery, error: unknown): Promise<void> {
    const { settler, logger } = this.#settings;
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
  async #fail(delivery: Delivery, outcome: FailedOutcome, processed: Processed): Promise<Outcome> {
    const { settler, signal, breaker, flow, suspects } = this.#settings;
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
      await flow.takeBack(delivery);
      return requeue;
    }
    this.#log.failed(delivery, final);
    if (final.kind === "requeue") suspects.requeued();
    const settled = await settler.settle(delivery, final, () => this.#causeOf(delivery, outcome, processed));
    return settled ? final : requeue;
  }

  #causeOf(delivery: Delivery, outcome: FailedOutcome, processed: Processed): DeadLetterCause {
    const { startedAt, context, history, data } = processed;
    const { plan, source } = this.#settings;
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
  async #awaitDisowned(work: Unsettled, ended: Promise<unknown>): Promise<void> {
    const { logger } = this.#settings;
    this.#disowned++;
    logger.warn(
      { disowned: this.#disowned },
      "a run goes on past its timeoutSeconds; it keeps its place until it ends, and its result is ignored",
    );
    this.#settled(work);
    await ended;
    this.#disowned--;
    this.#settings.ended(work.delivery);
  }

  #end(work: Unsettled): void {
    this.#settings.ended(work.delivery);
    this.#settled(work);
  }

  #settled(work: Unsettled): void {
    this.#unsettled.delete(work);
    if (this.#unsettled.size > 0 || !this.#idle) return;
    const idle = this.#idle;
    this.#idle = undefined;
    idle();
  }
}
