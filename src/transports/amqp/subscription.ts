/** Where a handler meets a consumer: a delivery is read, run and settled, exactly once. */
import type { AmqpConnection } from "../../amqp-client/connection.ts";
import { Consumer } from "../../amqp-client/consumer.ts";
import type { Delivery } from "../../amqp-client/delivery.ts";
import type { Publisher } from "../../amqp-client/publisher.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../log/logger.ts";
import type { HandlerFunction } from "../../service/handler.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import { acknowledge, type FailedOutcome, outcomeOfError, requeue } from "../../service/outcome.ts";
import { type ContextSource, DeliveryContext } from "./context.ts";
import type { Duplicates } from "./duplicates.ts";
import type { HandlerSlots } from "./handler-slots.ts";
import { HoldLimit } from "./hold-limit.ts";
import { Intake, type IntakeHost } from "./intake.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import type { SubscriptionPlan } from "./plan.ts";
import { createDeliveryReader, type DeliveryReader, type Incoming, isPromise } from "./read-delivery.ts";
import { type RunResult, settleRun, settleRunWithin } from "./run-handler.ts";
import { type SettleHost, Settler } from "./settle.ts";

export interface SubscriptionSettings {
  readonly plan: SubscriptionPlan;
  readonly service: ServiceInstance;
  readonly options: ResolvedAmqpOptions;
  /** The queue to consume: the plan's, or a former one. */
  readonly queue: string;
  /** What the broker may hand over: the plan's prefetch, cut to the process's share. */
  readonly prefetch: number;
  /** Messages stand in the queue already. */
  readonly backlog: boolean;
  /** Handler and middleware as one function. */
  readonly invoke: HandlerFunction;
  readonly duplicates: Duplicates;
  readonly slots: HandlerSlots;
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly logger: Logger;
  /** Aborts when a shutdown has waited long enough. */
  readonly abort: AbortSignal;
  redeclare(): Promise<void>;
  declareDeadLetterQueue(): Promise<void>;
}

export class Subscription implements IntakeHost, SettleHost, ContextSource {
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly service: ServiceInstance;
  readonly patterns: readonly string[];
  readonly queueName: string;
  readonly routingKeyPrefix: string;
  readonly #settings: SubscriptionSettings;
  readonly #consumer: Consumer;
  readonly #intake: Intake;
  readonly #settler: Settler;
  readonly #hold: HoldLimit;
  readonly #read: DeliveryReader;
  readonly #running = new Set<DeliveryContext>();
  readonly #unsettled = new Set<Delivery>();
  #holdTimer: NodeJS.Timeout | undefined;
  #disowned = 0;
  #idle: (() => void) | undefined;

  constructor(settings: SubscriptionSettings) {
    const { plan, options, queue, connection, prefetch, logger } = settings;
    this.#settings = settings;
    this.publisher = settings.publisher;
    this.logger = logger;
    this.signal = settings.abort;
    this.service = settings.service;
    this.patterns = plan.patterns;
    this.queueName = queue;
    this.routingKeyPrefix = options.routingKeyPrefix;
    const concurrency = Math.min(plan.concurrency, prefetch);
    const limitMs = (options.consumerTimeoutSeconds * 1000) / 2;
    this.#hold = new HoldLimit({ prefetch, concurrency, limitMs });
    this.#read = createDeliveryReader(plan);
    this.#settler = new Settler(this);
    this.#intake = new Intake({
      host: this,
      slots: settings.slots,
      globalLimit: options.globalPrefetchCount,
      concurrency,
      prefetch,
      careful: plan.queueType === "quorum" && settings.backlog,
    });
    this.#consumer = new Consumer({
      connection,
      queue,
      prefetch: this.#intake.initialPrefetch,
      logger,
      onDelivery: (delivery) => this.#intake.accept(delivery),
      onLost: () => this.#intake.lost(),
      redeclare: settings.redeclare,
    });
  }

  /** Deliveries at work or waiting. */
  get inFlight(): number {
    return this.#intake.running + this.#intake.waiting;
  }

  async start(): Promise<void> {
    await this.#consumer.start();
    this.#holdTimer = setInterval(() => this.#giveBackLate(), Math.max(1000, this.#hold.limitMs / 20));
    this.#holdTimer.unref();
  }

  /** Takes nothing new and gives back what has not begun. */
  async stopTaking(): Promise<void> {
    clearInterval(this.#holdTimer);
    this.#intake.close();
    await this.#consumer.cancel();
  }

  /** Resolves when no run is left. */
  ended(): Promise<void> {
    if (this.#unsettled.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Tells the runs to end, and puts back the messages of those that do not. */
  async abortRuns(reason: Error, patience: Promise<void>): Promise<void> {
    for (const context of this.#running) context.abort(reason);
    await Promise.race([this.ended(), patience]);
    for (const delivery of this.#unsettled) delivery.requeue();
  }

  async close(): Promise<void> {
    clearInterval(this.#holdTimer);
    await this.#consumer.close();
  }

  // What the intake and the settler ask for.

  run(delivery: Delivery): void {
    void this.#run(delivery);
  }

  setPrefetch(count: number): void {
    this.#consumer.setPrefetch(count).catch((error: unknown) => {
      this.logger.debug({ err: error }, "the prefetch was not changed; it is set when the consumer is opened again");
    });
  }

  quarantined(delivery: Delivery): void {
    const { deliveryCount } = delivery;
    this.logger.warn(
      { deliveryCount, messageId: delivery.properties.messageId },
      "a message came back three times or more, so it may have ended the process: it runs alone, and the queue is consumed one by one for a while",
    );
  }

  declareDeadLetterQueue(): Promise<void> {
    return this.#settings.declareDeadLetterQueue();
  }

  pause(): void {
    this.#consumer.pause().catch(() => {});
  }

  resume(): void {
    if (!this.signal.aborted) this.#consumer.resume().catch(() => {});
  }

  /** The whole way of one delivery. Never rejects. */
  async #run(delivery: Delivery): Promise<void> {
    const startedAt = performance.now();
    this.#unsettled.add(delivery);
    let id: string | undefined;
    let result: RunResult;
    try {
      const read = this.#read(delivery);
      const incoming = isPromise(read) ? await read : read;
      id = this.#idOf(incoming, delivery);
      if (id !== undefined && (await this.#isDuplicate(id))) {
        delivery.acknowledge();
        this.#end(delivery);
        return;
      }
      const handled = this.#handle(delivery, incoming);
      result = isPromise(handled) ? await handled : handled;
    } catch (error) {
      result = { outcome: { kind: "dead-letter", reason: "unreadable", error } };
    }
    await this.#settle(delivery, result, id);
    this.#intakeAfter(performance.now() - startedAt);
    if (result.disowned) await this.#awaitDisowned(delivery, result.disowned.ended);
    else this.#end(delivery);
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

  #handle(delivery: Delivery, incoming: Incoming): RunResult | Promise<RunResult> {
    const context = new DeliveryContext(this, delivery, incoming.message, incoming.messageUuid);
    let returned: unknown;
    try {
      returned = this.#settings.invoke(incoming.data, context);
    } catch (error) {
      return { outcome: outcomeOfError(error) };
    }
    return isPromise(returned) ? this.#await(returned, context) : { outcome: acknowledge };
  }

  async #await(returned: Promise<unknown>, context: DeliveryContext): Promise<RunResult> {
    const { timeoutSeconds, handler } = this.#settings.plan;
    this.#running.add(context);
    const result =
      timeoutSeconds === undefined
        ? await settleRun(returned)
        : await settleRunWithin(returned, context, timeoutSeconds, handler.label);
    this.#running.delete(context);
    return result;
  }

  async #settle(delivery: Delivery, { outcome }: RunResult, id: string | undefined): Promise<void> {
    if (id !== undefined) this.#settings.duplicates.release(id, outcome.kind === "acknowledge");
    if (outcome.kind === "acknowledge") {
      this.#settler.succeeded();
      delivery.acknowledge();
      return;
    }
    // Whatever a run throws once it was told to end is no failure of the message.
    const final: FailedOutcome = this.signal.aborted ? requeue : outcome;
    this.#logFailure(delivery, final);
    const { plan, service } = this.#settings;
    await this.#settler.settle(delivery, final, () => ({
      reason: outcome.kind === "dead-letter" ? outcome.reason : "handler-error",
      error: outcome.kind === "dead-letter" ? outcome.error : undefined,
      plan,
      service,
      attempts: delivery.deliveryCount + 1,
      firstDeliveredAt: new Date(),
      failedAt: new Date(),
    }));
  }

  #logFailure(delivery: Delivery, outcome: FailedOutcome): void {
    const fields = { routingKey: delivery.routingKey, messageId: delivery.properties.messageId };
    if (outcome.kind === "requeue") this.logger.debug(fields, "the message goes back to its queue");
    if (outcome.kind !== "dead-letter") return;
    const { reason, error } = outcome;
    const what = reason === "unreadable" ? "a message could not be read" : "a message could not be handled";
    const { deadLetterQueue } = this.#settings.plan;
    this.logger.error(
      { ...fields, reason, err: error },
      `${what}: ${messageOf(error)}; it goes to "${deadLetterQueue}"`,
    );
  }

  /** A run that outlives its deadline keeps its slot until it really ends. */
  async #awaitDisowned(delivery: Delivery, ended: Promise<unknown>): Promise<void> {
    this.#disowned++;
    this.logger.warn(
      { disowned: this.#disowned },
      "a run goes on past its timeoutSeconds; it keeps its place until it ends, and its result is ignored",
    );
    this.#unsettled.delete(delivery);
    if (this.#unsettled.size === 0) this.#idle?.();
    await ended;
    this.#disowned--;
    this.#intake.ended();
  }

  #end(delivery: Delivery): void {
    this.#unsettled.delete(delivery);
    this.#intake.ended();
    if (this.#unsettled.size === 0) this.#idle?.();
  }

  #intakeAfter(runMs: number): void {
    this.#intake.limitPrefetch(this.#hold.prefetchAfter(runMs, this.#intake.prefetch));
  }

  #giveBackLate(): void {
    const count = this.#intake.giveBackIfOlder(this.#hold.limitMs);
    if (count > 0) {
      this.logger.warn(
        { count },
        "deliveries waited too long for their turn and went back to the queue; lower the prefetch",
      );
    }
  }
}
