/** The whole way of one delivery: processed, then settled, exactly once, and its slot is free again. */
import { setMaxListeners } from "node:events";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { clauseOf } from "../../../errors.ts";
import type { DeliveryEnd, DeliveryObserver } from "../../../service/observed-work.ts";
import { acknowledge, type Outcome, requeue } from "../../../service/outcome.ts";
import type { DeliveryWatch } from "../processing/observed-delivery.ts";
import {
  type Processed,
  type ProcessingSettings,
  processDelivery,
  type RunHooks,
} from "../processing/process-delivery.ts";
import type { Replies } from "../processing/replies.ts";
import type { Settler } from "../settlement/settle.ts";
import type { Breaker } from "./breaker.ts";
import type { ConsumerParts } from "./consumer-parts.ts";
import { FailedRuns } from "./failed-runs.ts";
import type { UnsettledDelivery } from "./unsettled-deliveries.ts";

export interface DeliveryRunsSettings {
  /** What is the same for every delivery; its hooks are made of the parts below. */
  readonly processing: Omit<ProcessingSettings, "hooks">;
  /** Observes each run; undefined without an observer. */
  readonly observeSettled: RunHooks["observeSettled"];
  readonly parts: Pick<ConsumerParts, "suspects" | "control" | "dispatcher" | "lanes" | "unsettled">;
  readonly settler: Settler;
  /** Knows failures that no message causes; undefined without `circuitBreaker`. */
  readonly breaker: Breaker | undefined;
  /** Answers requests; undefined where nothing is answered. */
  readonly replies: Pick<Replies, "failed" | "flushLog"> | undefined;
  /** Undefined without an observer. */
  readonly watch: DeliveryWatch | undefined;
}

export class DeliveryRuns {
  readonly #settings: DeliveryRunsSettings;
  readonly #processing: ProcessingSettings;
  readonly #failures: FailedRuns;
  /** Aborts when the subscription accepts nothing more: what waits here for its next run goes back to the queue. */
  readonly #stopping = new AbortController();
  #disowned = 0;

  constructor(settings: DeliveryRunsSettings) {
    const { processing, parts, replies, observeSettled } = settings;
    const { suspects } = parts;
    this.#settings = settings;
    this.#failures = new FailedRuns(settings);
    const hooks: RunHooks = {
      refuseSpent: (delivery) => suspects.refuseSpent(delivery),
      waitForNextRun: (delivery, error, pauseMs) => this.#waitForNextRun(delivery, error, pauseMs),
      observeSettled,
      answerFailure: replies && ((delivery, result) => replies.failed(delivery, result)),
    };
    this.#processing = { ...processing, hooks };
    // Each message that waits listens to it; of the eleventh Node would warn as of a leak.
    setMaxListeners(0, this.#stopping.signal);
  }

  /**
   * Handles one delivery from start to settlement, and always frees its slot. Never rejects: an unexpected error, in the run or while its
   * failure is handled, puts the message back.
   */
  run(delivery: Delivery): Promise<void> {
    const watched = this.#settings.watch?.(delivery);
    if (!watched?.around) return this.#run(delivery, watched);
    return watched.around(() => this.#run(delivery, watched));
  }

  /** Messages that only wait for their next run are requeued. */
  stopWaiting(): void {
    this.#stopping.abort();
  }

  /** Logs what was only counted. Call it when no run is left. */
  flushLog(): void {
    this.#failures.flushLog();
    this.#settings.settler.flushLog();
    this.#settings.replies?.flushLog();
  }

  /** Aborts the runs, and requeues the messages of those that do not. */
  async abort(reason: Error, deadline: Promise<void>): Promise<void> {
    const { unsettled, control } = this.#settings.parts;
    for (const { context } of unsettled.all()) context?.abort(reason);
    await Promise.race([unsettled.settled(), deadline]);
    for (const work of unsettled.all()) {
      control.putBack(work.delivery);
      tellEnd(work, { outcome: requeue, duplicate: false, error: reason });
    }
  }

  async #run(delivery: Delivery, watched: DeliveryObserver | undefined): Promise<void> {
    const { unsettled, lanes, control } = this.#settings.parts;
    const arrivedAt = performance.now();
    const work: UnsettledDelivery = { delivery, context: undefined, watched, told: false, place: -1 };
    lanes?.deliveries.began(delivery);
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
            : await this.#failures.settle(work, outcome, processed);
        this.#settings.observeSettled?.(processed.context, settled);
        tellEnd(work, { outcome: settled, duplicate: false, error: errorOf(processed) });
        control.took(performance.now() - arrivedAt);
      } else {
        const done = processed.kind === "done";
        if (done) delivery.acknowledge();
        else control.putBack(delivery);
        tellEnd(work, { outcome: done ? acknowledge : requeue, duplicate: done, error: undefined });
      }
    } catch (error) {
      await this.#rescue(delivery, error);
      tellEnd(work, { outcome: requeue, duplicate: false, error });
    } finally {
      if (disowned) await this.#awaitDisowned(work, disowned.ended);
      else this.#end(work);
    }
  }

  async #waitForNextRun(delivery: Delivery, error: unknown, pauseMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    this.#failures.goesOn(delivery, error, pauseMs);
    await this.#settings.settler.pause(pauseMs, signal);
    return !signal.aborted;
  }

  /** The last catch of a delivery, and the only one that settles: the message goes back to its queue after a pause. */
  async #rescue(delivery: Delivery, error: unknown): Promise<void> {
    const { logger } = this.#processing;
    const { settler } = this.#settings;
    if (delivery.live) await settler.requeue(delivery);
    logger.error({ err: error }, `a message goes back to its queue because of an unexpected error: ${clauseOf(error)}`);
  }

  #acknowledge(delivery: Delivery, arrivedAt: number): Outcome {
    this.#settings.settler.succeeded();
    delivery.acknowledge();
    this.#settings.breaker?.succeeded(arrivedAt);
    return acknowledge;
  }

  /** A run that continues past its deadline keeps its slot until it really ends. */
  async #awaitDisowned(work: UnsettledDelivery, ended: Promise<unknown>): Promise<void> {
    this.#disowned++;
    this.#processing.logger.warn(
      { disowned: this.#disowned },
      "a handler still runs after its timeoutSeconds; it counts as running until it ends, and its result is ignored",
    );
    this.#settings.parts.unsettled.delete(work);
    await ended;
    this.#disowned--;
    this.#freeSlot(work.delivery);
  }

  #end(work: UnsettledDelivery): void {
    this.#freeSlot(work.delivery);
    this.#settings.parts.unsettled.delete(work);
  }

  #freeSlot(delivery: Delivery): void {
    const { dispatcher, lanes } = this.#settings.parts;
    dispatcher.ended();
    lanes?.ended(delivery);
  }
}

/** Once: a run that a stop did not wait for may still end. */
function tellEnd(work: UnsettledDelivery, end: DeliveryEnd): void {
  if (work.told) return;
  work.told = true;
  work.watched?.ended(end);
}

function errorOf({ result }: Processed): unknown {
  return "error" in result.outcome ? result.outcome.error : result.answered;
}
