/** Where a handler meets a consumer: what comes is taken in, run and settled, as fast as all limits allow. */
import type { AmqpConnection } from "../../amqp-client/connection.ts";
import { Consumer } from "../../amqp-client/consumer.ts";
import type { Delivery } from "../../amqp-client/delivery.ts";
import type { Publisher } from "../../amqp-client/publisher.ts";
import { inspectQueue } from "../../amqp-client/topology.ts";
import type { Logger } from "../../log/logger.ts";
import type { HandlerFunction } from "../../service/handler.ts";
import type { ServiceInstance } from "../../service/instance.ts";
import type { RunObserver } from "../../service/observer.ts";
import type { OpenWork } from "../../service/open-work.ts";
import type { Clock } from "../../util/clock.ts";
import type { ContextSource } from "./context.ts";
import { DeliveryRuns, type DeliveryRunsSettings } from "./delivery-runs.ts";
import type { Duplicates } from "./duplicates.ts";
import type { HandlerSlots } from "./handler-slots.ts";
import { HoldLimit } from "./hold-limit.ts";
import { Intake, type IntakeHost } from "./intake.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import type { SubscriptionPlan } from "./plan.ts";
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
  readonly clock: Clock;
  readonly observer: RunObserver | undefined;
  redeclare(): Promise<void>;
  declareDeadLetterQueue(): Promise<void>;
}

export class Subscription implements IntakeHost, SettleHost {
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly holdMs: number;
  readonly clock: Clock;
  readonly #settings: SubscriptionSettings;
  readonly #consumer: Consumer;
  readonly #intake: Intake;
  readonly #settler: Settler;
  readonly #runs: DeliveryRuns;
  readonly #hold: HoldLimit;
  #holdTimer: NodeJS.Timeout | undefined;

  constructor(settings: SubscriptionSettings) {
    const { plan, options, prefetch, logger, invoke, duplicates, abort, clock } = settings;
    this.#settings = settings;
    this.publisher = settings.publisher;
    this.logger = logger;
    this.signal = abort;
    this.clock = clock;
    this.holdMs = (options.consumerTimeoutSeconds * 1000) / 2;
    const concurrency = Math.min(plan.concurrency, prefetch);
    this.#hold = new HoldLimit({ prefetch, concurrency, limitMs: this.holdMs });
    this.#intake = this.#createIntake(concurrency);
    this.#consumer = this.#createConsumer();
    this.#settler = new Settler(this);
    this.#runs = new DeliveryRuns({
      plan,
      invoke,
      duplicates,
      settler: this.#settler,
      source: contextSource(settings),
      logger,
      signal: abort,
      clock,
      observeSettled: settlementObserver(settings),
      ended: () => this.#intake.ended(),
      took: (ms) => this.#intake.limitPrefetch(this.#hold.prefetchAfter(ms, this.#intake.prefetch)),
    });
  }

  /** Deliveries at work or waiting. */
  get inFlight(): number {
    return this.#intake.running + this.#intake.waiting;
  }

  /** What of the queue is not done yet: asks the broker how much stands there. */
  async openWork(): Promise<OpenWork> {
    const { plan, service, queue, connection } = this.#settings;
    let [queued, interrupted] = [0, this.#consumer.state !== "consuming"];
    try {
      queued = (await inspectQueue(connection, queue))?.messageCount ?? 0;
      // What was no longer in the queue then, may still have been on its way here.
      if (!interrupted) await this.#consumer.roundTrip();
    } catch {
      interrupted = true;
    }
    const of = `${service.name}.${plan.handler.name}`;
    return { of, queued, running: this.inFlight, pausing: this.#settler.pausing, interrupted };
  }

  async start(): Promise<void> {
    await this.#consumer.start();
    this.#holdTimer = setInterval(() => this.#giveBackLate(), Math.max(1000, this.holdMs / 20));
    this.#holdTimer.unref();
  }

  /** Takes nothing new and gives back what has not begun. */
  async stopTaking(): Promise<void> {
    clearInterval(this.#holdTimer);
    this.#intake.close();
    await this.#consumer.cancel();
    this.#intake.giveBack();
  }

  /** Resolves when no run is left. */
  ended(): Promise<void> {
    return this.#runs.ended();
  }

  /** Tells the runs to end, and puts back the messages of those that do not. */
  abortRuns(reason: Error, patience: Promise<void>): Promise<void> {
    return this.#runs.abort(reason, patience);
  }

  async close(): Promise<void> {
    clearInterval(this.#holdTimer);
    await this.#consumer.close();
  }

  // What the intake and the settler ask for.

  run(delivery: Delivery): void {
    void this.#runs.run(delivery);
  }

  setPrefetch(count: number, changed?: () => void): void {
    this.#consumer
      .setPrefetch(count)
      .catch((error: unknown) => {
        this.logger.debug({ err: error }, "the prefetch was not changed; it is set when the consumer is opened again");
      })
      .finally(changed);
  }

  quarantined({ deliveryCount, properties }: Delivery): void {
    this.logger.warn(
      { deliveryCount, messageId: properties.messageId },
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

  #createIntake(concurrency: number): Intake {
    const { plan, options, prefetch, slots, backlog } = this.#settings;
    const careful = plan.queueType === "quorum" && backlog;
    return new Intake({ host: this, slots, globalLimit: options.globalPrefetchCount, concurrency, prefetch, careful });
  }

  #createConsumer(): Consumer {
    const { connection, queue, logger, redeclare } = this.#settings;
    return new Consumer({
      connection,
      queue,
      prefetch: this.#intake.initialPrefetch,
      logger,
      onDelivery: (delivery) => this.#intake.accept(delivery),
      onLost: () => this.#intake.lost(),
      redeclare,
    });
  }

  #giveBackLate(): void {
    const count = this.#intake.giveBackIfOlder(this.holdMs);
    if (count === 0) return;
    this.logger.warn(
      { count },
      "deliveries waited too long for their turn and went back to the queue; lower the prefetch",
    );
  }
}

function settlementObserver({ observer, service, plan }: SubscriptionSettings): DeliveryRunsSettings["observeSettled"] {
  if (!observer) return undefined;
  const handler = plan.handler.name;
  return (context, outcome) => observer.settled({ service, handler, context, outcome });
}

function contextSource({ service, logger, plan, queue, options }: SubscriptionSettings): ContextSource {
  const { routingKeyPrefix } = options;
  return { service, logger, patterns: plan.patterns, queueName: queue, routingKeyPrefix };
}
