/** The whole way of one delivery: read, claimed against duplicates, run, settled, exactly once. */
import type { Delivery } from "../../amqp-client/delivery.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log/logger.ts";
import type { HandlerFunction } from "../../service/handler.ts";
import { type FailedOutcome, type Outcome, outcomeOfError, outcomeOfUnread, requeue } from "../../service/outcome.ts";
import type { Clock } from "../../util/clock.ts";
import { type ContextSource, DeliveryContext } from "./context.ts";
import type { DeadLetterCause } from "./dead-letter.ts";
import type { Duplicates } from "./duplicates.ts";
import type { SubscriptionPlan } from "./plan.ts";
import { createDeliveryReader, type DeliveryReader, type Incoming, isPromise } from "./read-delivery.ts";
import { type RunResult, settleRunWithin, succeeded } from "./run-handler.ts";
import type { Settler } from "./settle.ts";

export interface DeliveryRunsSettings {
  readonly plan: SubscriptionPlan;
  /** Handler and middleware as one function. */
  readonly invoke: HandlerFunction;
  readonly duplicates: Duplicates;
  readonly settler: Settler;
  readonly source: ContextSource;
  readonly logger: Logger;
  /** Aborts when a shutdown has waited long enough. */
  readonly signal: AbortSignal;
  /** What deadlines are measured by. */
  readonly clock: Clock;
  /** Told what became of each message, when it is settled; undefined while nobody watches. */
  readonly observeSettled: ((context: DeliveryContext | undefined, outcome: Outcome) => void) | undefined;
  /** A run has ended, and its slot is free. */
  ended(): void;
  /** How long a delivery took from its run's beginning to its settlement. */
  took(milliseconds: number): void;
}

export class DeliveryRuns {
  readonly #settings: DeliveryRunsSettings;
  readonly #read: DeliveryReader;
  /** What is at work, with the context of its run once it has one that lasts. */
  readonly #unsettled = new Map<Delivery, DeliveryContext | undefined>();
  #disowned = 0;
  #idle: (() => void) | undefined;

  constructor(settings: DeliveryRunsSettings) {
    this.#settings = settings;
    this.#read = createDeliveryReader(settings.plan);
  }

  /** Takes one delivery its whole way. Never rejects. */
  async run(delivery: Delivery): Promise<void> {
    const startedAt = performance.now();
    this.#unsettled.set(delivery, undefined);
    let id: string | undefined;
    let context: DeliveryContext | undefined;
    let result: RunResult;
    try {
      const read = this.#read(delivery);
      const incoming = isPromise(read) ? await read : read;
      id = this.#idOf(incoming, delivery);
      if (id !== undefined) {
        const duplicate = this.#isDuplicate(id);
        if (isPromise(duplicate) ? await duplicate : duplicate) {
          delivery.acknowledge();
          this.#end(delivery);
          return;
        }
      }
      context = new DeliveryContext(this.#settings.source, delivery, incoming.message, incoming.messageUuid);
      result = succeeded;
      const returned = this.#settings.invoke(incoming.data, context);
      if (isPromise(returned)) {
        this.#unsettled.set(delivery, context);
        const { timeoutSeconds, handler } = this.#settings.plan;
        if (timeoutSeconds === undefined) await returned;
        else result = await settleRunWithin(returned, context, timeoutSeconds, handler.label, this.#settings.clock);
      }
    } catch (error) {
      // Before there was a context the message could not be read; after, its handler or middleware threw.
      result = { outcome: context ? outcomeOfError(error) : outcomeOfUnread(error) };
    }
    let { outcome } = result;
    if (id !== undefined) this.#settings.duplicates.release(id, outcome.kind === "acknowledge");
    if (outcome.kind === "acknowledge") {
      this.#settings.settler.succeeded();
      delivery.acknowledge();
    } else outcome = await this.#settleFailure(delivery, outcome, startedAt);
    this.#settings.observeSettled?.(context, outcome);
    this.#settings.took(performance.now() - startedAt);
    if (result.disowned) await this.#awaitDisowned(delivery, result.disowned.ended);
    else this.#end(delivery);
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
    for (const context of this.#unsettled.values()) context?.abort(reason);
    await Promise.race([this.ended(), patience]);
    for (const delivery of this.#unsettled.keys()) delivery.requeue();
  }

  #idOf(incoming: Incoming, delivery: Delivery): string | undefined {
    const { deduplicate } = this.#settings.plan;
    if (deduplicate === false) return undefined;
    return incoming.messageUuid ?? (deduplicate === "messageId" ? delivery.properties.messageId : undefined);
  }

  /** Claims the id, after waiting for another copy of it that runs. */
  #isDuplicate(id: string): boolean | Promise<boolean> {
    const claim = this.#settings.duplicates.claim(id);
    if (claim === "new") return false;
    return claim === "done" ? true : claim.then(() => this.#isDuplicate(id));
  }

  /** Gives what really became of the message. */
  async #settleFailure(delivery: Delivery, outcome: FailedOutcome, startedAt: number): Promise<Outcome> {
    const { settler, signal } = this.#settings;
    // Whatever a run throws once it was told to end is no failure of the message.
    const final: FailedOutcome = signal.aborted ? requeue : outcome;
    this.#logFailure(delivery, final);
    await settler.settle(delivery, final, () => this.#causeOf(delivery, outcome, startedAt));
    return final;
  }

  #causeOf(delivery: Delivery, outcome: FailedOutcome, startedAt: number): DeadLetterCause {
    const { plan, source } = this.#settings;
    const failedAt = new Date();
    return {
      reason: outcome.kind === "dead-letter" ? outcome.reason : "handler-error",
      error: outcome.kind === "dead-letter" ? outcome.error : undefined,
      plan,
      service: source.service,
      attempts: delivery.deliveryCount + 1,
      startedAt: new Date(failedAt.getTime() - (performance.now() - startedAt)),
      failedAt,
    };
  }

  #logFailure(delivery: Delivery, outcome: FailedOutcome): void {
    const { logger, plan } = this.#settings;
    const fields = { routingKey: delivery.routingKey, messageId: delivery.properties.messageId };
    if (outcome.kind === "requeue") {
      logger.debug(fields, "the message goes back to its queue");
      return;
    }
    const { reason, error } = outcome;
    const what = reason === "unreadable" ? "a message could not be read" : "a message could not be handled";
    logger.error(
      { ...fields, reason, err: error },
      `${what}: ${messageOf(error)}; it goes to "${plan.deadLetterQueue}"`,
    );
  }

  /** A run that outlives its deadline keeps its slot until it really ends. */
  async #awaitDisowned(delivery: Delivery, ended: Promise<unknown>): Promise<void> {
    const { logger } = this.#settings;
    this.#disowned++;
    logger.warn(
      { disowned: this.#disowned },
      "a run goes on past its timeoutSeconds; it keeps its place until it ends, and its result is ignored",
    );
    this.#settled(delivery);
    await ended;
    this.#disowned--;
    this.#settings.ended();
  }

  #end(delivery: Delivery): void {
    this.#settings.ended();
    this.#settled(delivery);
  }

  #settled(delivery: Delivery): void {
    this.#unsettled.delete(delivery);
    if (this.#unsettled.size > 0 || !this.#idle) return;
    const idle = this.#idle;
    this.#idle = undefined;
    idle();
  }
}
