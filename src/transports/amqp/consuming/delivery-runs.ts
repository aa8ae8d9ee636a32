/** The whole way of one delivery: read, claimed against duplicates, run, settled, exactly once. */
import type { Delivery } from "../../../amqp-client/delivery.ts";
import { clauseOf } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import type { MessageContext } from "../../../service/context.ts";
import type { HandlerFunction } from "../../../service/handler.ts";
import {
  type FailedOutcome,
  type Outcome,
  outcomeOfError,
  outcomeOfUnread,
  requeue,
} from "../../../service/outcome.ts";
import { refuseUnrun } from "../../../service/unrun-result.ts";
import type { Clock } from "../../../util/clock.ts";
import { isPromise } from "../../../util/is-promise.ts";
import { type Placed, Roster } from "../../../util/roster.ts";
import type { Incoming } from "../contracts/read-body.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { type ContextSource, DeliveryContext } from "../processing/delivery-context.ts";
import { type Claimed, type DuplicateGuard, identityOf } from "../processing/duplicates.ts";
import { FailureLog } from "../processing/failure-log.ts";
import { createDeliveryReader } from "../processing/read-delivery.ts";
import type { Replies } from "../processing/replies.ts";
import { attemptOf, replayOf } from "../processing/retry-history.ts";
import { type RunResult, settleRunWithin, succeeded } from "../processing/run-handler.ts";
import type { DeadLetterCause } from "../settlement/dead-letter.ts";
import type { Settler } from "../settlement/settle.ts";
import type { Breaker } from "./breaker.ts";
import type { CrashSuspects } from "./crash-suspects.ts";
import type { Flow } from "./flow.ts";
import { type AtWork, type EndedRun, RetryRuns } from "./retry-runs.ts";

export interface DeliveryRunsSettings {
  readonly plan: SubscriptionPlan;
  /** Handler and middleware as one function. */
  readonly invoke: HandlerFunction;
  readonly duplicates: DuplicateGuard;
  readonly settler: Settler;
  readonly source: ContextSource;
  readonly logger: Logger;
  /** Aborts when a shutdown has waited long enough. */
  readonly signal: AbortSignal;
  /** What deadlines are measured by. */
  readonly clock: Clock;
  /** How long a delivery may be held, in milliseconds. */
  readonly holdMs: number;
  /** Told what became of each message, when it is settled; undefined while nobody watches. */
  readonly observeSettled: ((context: DeliveryContext | undefined, outcome: Outcome) => void) | undefined;
  /** Gives what was read before, where it was; undefined: each run reads. */
  readonly read: ((delivery: Delivery) => Incoming | Promise<Incoming>) | undefined;
  /** Knows failures that are none of the message; undefined without `pauseAfter`. */
  readonly breaker: Breaker | undefined;
  /** Answers requests; undefined where nothing is answered. */
  readonly replies: Pick<Replies, "failed" | "flushLog"> | undefined;
  /** Knows messages that may have ended a process. */
  readonly suspects: Pick<CrashSuspects, "refuseSpent" | "requeued">;
  /** Puts back what must go back. */
  readonly flow: Pick<Flow, "takeBack" | "putBack">;
  /** A run has ended, and its slot is free. */
  ended(delivery: Delivery): void;
  /** How long a delivery took from its run's beginning to its settlement. */
  took(milliseconds: number): void;
}

/** What is known of a run that failed, and the data it was given; undefined when the message could not be read. */
interface FailedRun extends EndedRun {
  readonly data: unknown;
}

/** One from its arrival here until it is settled. */
type Unsettled = AtWork & Placed;

export class DeliveryRuns {
  readonly #settings: DeliveryRunsSettings;
  readonly #read: NonNullable<DeliveryRunsSettings["read"]>;
  readonly #retries: RetryRuns;
  readonly #log: FailureLog;
  readonly #unsettled = new Roster<Unsettled>();
  #disowned = 0;
  #idle: (() => void) | undefined;

  constructor(settings: DeliveryRunsSettings) {
    this.#settings = settings;
    this.#read = settings.read ?? createDeliveryReader(settings.plan, settings.clock);
    this.#log = new FailureLog({ ...settings, returnExchange: settings.source.returnExchange });
    this.#retries = new RetryRuns({ ...settings, read: this.#read, log: this.#log });
  }

  /**
   * Takes one delivery its whole way, and frees its slot whatever happens. Never rejects: what nobody expected, in the run or
   * while its failure is handled, gives the message back.
   */
  async run(delivery: Delivery): Promise<void> {
    const startedAt = performance.now();
    const work: Unsettled = { delivery, context: undefined, place: -1 };
    this.#unsettled.add(work);
    let id: string | undefined;
    let context: DeliveryContext | undefined;
    let data: unknown;
    let result: RunResult = succeeded;
    try {
      try {
        if (delivery.redelivered) this.#settings.suspects.refuseSpent(delivery);
        const read = this.#read(delivery);
        const incoming = isPromise(read) ? await read : read;
        const found = this.#idOf(incoming, delivery);
        if (found !== undefined) {
          const claim = this.#claim(found);
          const claimed = isPromise(claim) ? await claim : claim;
          if (claimed !== "new") {
            if (claimed === "done") delivery.acknowledge();
            else this.#settings.flow.putBack(delivery);
            return;
          }
          id = found;
        }
        data = incoming.data;
        context = new DeliveryContext(this.#settings.source, delivery, incoming.message, incoming.messageUuid);
        const returned = this.#settings.invoke(data, context);
        if (isPromise(returned)) {
          work.context = context;
          const { timeoutSeconds, handler } = this.#settings.plan;
          if (timeoutSeconds === undefined) refuseUnrun(await returned, handler.label);
          else result = await settleRunWithin(returned, context, timeoutSeconds, handler.label, this.#settings.clock);
        } else if (returned !== undefined) refuseUnrun(returned, this.#settings.plan.handler.label);
      } catch (error) {
        // Before there was a context the message could not be read, or must not be run; after, its handler or middleware threw.
        result = { outcome: context ? outcomeOfError(error) : outcomeOfUnread(error) };
      }
      let last: EndedRun | undefined;
      if (result.outcome.kind !== "acknowledge" && !this.#settings.signal.aborted) {
        last = await this.#retries.goOn(work, { context, result, startedAt });
        ({ context, result } = last);
        if (this.#settings.replies) result = await this.#settings.replies.failed(delivery, result);
      }
      let { outcome } = result;
      if (id !== undefined) {
        const released = this.#settings.duplicates.release(id, outcome.kind === "acknowledge");
        id = undefined;
        if (isPromise(released)) await released;
      }
      if (outcome.kind === "acknowledge") {
        this.#settings.settler.succeeded();
        delivery.acknowledge();
        this.#settings.breaker?.succeeded(startedAt);
      } else
        outcome = await this.#settleFailure(delivery, outcome, { data, ...(last ?? { context, result, startedAt }) });
      this.#settings.observeSettled?.(context, outcome);
      this.#settings.took(performance.now() - startedAt);
    } catch (error) {
      await this.#rescue(delivery, id, error);
    } finally {
      if (result.disowned) await this.#awaitDisowned(work, result.disowned.ended);
      else this.#end(work);
    }
  }

  /** What only waits for its next run goes back to its queue. */
  stopWaiting(): void {
    this.#retries.stop();
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

  /** The last catch of a delivery, and the only one that settles: the message goes back to its queue after a pause. */
  async #rescue(delivery: Delivery, id: string | undefined, error: unknown): Promise<void> {
    const { settler, duplicates, logger } = this.#settings;
    try {
      if (id !== undefined) await duplicates.release(id, false);
    } catch {
      // A store of somebody's own; its claim ends by itself.
    }
    if (delivery.live) await settler.requeue(delivery);
    logger.error({ err: error }, `a message goes back to its queue: ${clauseOf(error)}, which nothing had expected`);
  }

  #idOf(incoming: Incoming, delivery: Delivery): string | undefined {
    const { deduplicate } = this.#settings.plan;
    if (deduplicate === false) return undefined;
    const own = deduplicate === "messageId" ? delivery.properties.messageId : undefined;
    // What an application said of its message itself goes before the id that the envelope gave it, new at each publish.
    const id = own || incoming.messageUuid;
    return id === undefined ? undefined : identityOf(id, replayOf(delivery, this.#settings.source.returnExchange));
  }

  /** Claims the id, after waiting for another copy of it that runs. */
  #claim(id: string): Claimed | Promise<Claimed> {
    const claim = this.#settings.duplicates.claim(id);
    return isPromise(claim) ? claim.then((claimed) => claimed ?? this.#claim(id)) : claim;
  }

  /** Gives what really became of the message. */
  async #settleFailure(delivery: Delivery, outcome: FailedOutcome, run: FailedRun): Promise<Outcome> {
    const { settler, signal, breaker, flow, suspects } = this.#settings;
    if (!delivery.live) {
      breaker?.failed(outcome, run.startedAt);
      this.#log.void(delivery, outcome);
      return requeue;
    }
    // Whatever a run throws once it was told to end is no failure of the message.
    const final: FailedOutcome = signal.aborted ? requeue : outcome;
    if (breaker?.failed(final, run.startedAt)) {
      this.#log.failed(delivery, requeue);
      suspects.requeued();
      await flow.takeBack(delivery);
      return requeue;
    }
    this.#log.failed(delivery, final);
    if (final.kind === "requeue") suspects.requeued();
    const settled = await settler.settle(delivery, final, () => this.#causeOf(delivery, outcome, run));
    return settled ? final : requeue;
  }

  #causeOf(delivery: Delivery, outcome: FailedOutcome, run: FailedRun): DeadLetterCause {
    const { startedAt, context, history, data } = run;
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
