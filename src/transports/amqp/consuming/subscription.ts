/** Where a handler meets a consumer: what comes is taken in, run and settled, as fast as all limits allow. */
import { Consumer } from "../../../amqp-client/consumer.ts";
import type { Delivery } from "../../../amqp-client/delivery.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { Logger } from "../../../log/logger.ts";
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import type { Clock } from "../../../util/clock.ts";
import { createDeliveryReader } from "../processing/read-delivery.ts";
import type { DeadLetterCause } from "../settlement/dead-letter.ts";
import { type SettleHost, Settler } from "../settlement/settle.ts";
import type { RetryTiers } from "../topology/retry-tiers.ts";
import { Breaker, type BreakerState } from "./breaker.ts";
import { consumerHealth, queuedWork } from "./consumer-report.ts";
import { CrashSuspects } from "./crash-suspects.ts";
import { DeliveryRuns } from "./delivery-runs.ts";
import { type Flow, FreeFlow } from "./flow.ts";
import { ForeignKeys } from "./foreign-keys.ts";
import { HoldLimit } from "./hold-limit.ts";
import { Intake, type IntakeHost } from "./intake.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { OrderedFlow } from "./ordered-flow.ts";
import { contextSource, type SubscriptionSettings, settlementObserver } from "./subscription-settings.ts";

export class Subscription implements IntakeHost, SettleHost {
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly holdMs: number;
  readonly clock: Clock;
  readonly retryTiers: RetryTiers;
  readonly #settings: SubscriptionSettings;
  readonly #consumer: Consumer;
  readonly #suspects: CrashSuspects;
  readonly #intake: Intake;
  readonly #settler: Settler;
  readonly #runs: DeliveryRuns;
  readonly #hold: HoldLimit;
  /** Only with `orderingKey` or `singleActive`. */
  readonly #lanes: Lanes | undefined;
  readonly #flow: Flow;
  /** Only with `circuitBreaker`. */
  readonly #breaker: Breaker | undefined;
  #holdTimer: NodeJS.Timeout | undefined;

  constructor(settings: SubscriptionSettings) {
    const { plan, options, prefetch, logger, call, duplicates, abort, clock } = settings;
    this.#settings = settings;
    this.publisher = settings.publisher;
    this.logger = logger;
    this.signal = abort;
    this.clock = clock;
    this.retryTiers = settings.retryTiers;
    this.holdMs = (options.consumerTimeoutSeconds * 1000) / 2;
    const concurrency = Math.min(plan.concurrency, prefetch);
    this.#hold = new HoldLimit({ prefetch, concurrency, limitMs: this.holdMs });
    this.#suspects = new CrashSuspects(settings);
    this.#intake = this.#createIntake(concurrency);
    call.batches?.limitBy(() => this.#intake.mostAtOnce);
    this.#consumer = this.#createConsumer();
    this.#settler = new Settler(this);
    const source = contextSource(settings);
    const lanes = createLanes(plan, source, clock, (delivery) => this.#intake.accept(delivery));
    this.#lanes = lanes;
    const flowing = { intake: this.#intake, consumer: this.#consumer, logger, prefetch: this.#intake.initialPrefetch };
    this.#flow = lanes ? new OrderedFlow({ ...flowing, lanes, idle: () => this.#runs.ended() }) : new FreeFlow(flowing);
    this.#breaker =
      plan.circuitBreaker && new Breaker({ options: plan.circuitBreaker, host: this.#flow, clock, logger });
    this.#runs = new DeliveryRuns({
      plan,
      invoke: call.invoke,
      duplicates,
      settler: this.#settler,
      source,
      logger,
      signal: abort,
      clock,
      holdMs: this.holdMs,
      observeSettled: settlementObserver(settings),
      read: lanes ? (delivery) => lanes.read(delivery) : createDeliveryReader(plan, clock),
      breaker: this.#breaker,
      replies: call.replies,
      suspects: this.#suspects,
      flow: this.#flow,
      ended: (delivery) => {
        this.#intake.ended();
        lanes?.ended(delivery);
      },
      took: lanes ? () => {} : (ms) => this.#intake.limitPrefetch(this.#hold.prefetchAfter(ms, this.#intake.prefetch)),
    });
  }

  /** Deliveries at work or waiting. */
  get inFlight(): number {
    return this.#intake.running + (this.#lanes ?? this.#intake).waiting;
  }

  /** What the circuit breaker does; undefined without `circuitBreaker`. */
  get breaker(): BreakerState | undefined {
    return this.#breaker?.state;
  }

  /** Keys of which messages are here, and messages that wait; undefined without `orderingKey` and `singleActive`. */
  get lanes(): { readonly count: number; readonly waiting: number } | undefined {
    return this.#lanes;
  }

  /** Messages that were put aside since the start. */
  get deadLetters(): number {
    return this.#settings.deadLetters.copies;
  }

  health(): ConsumerHealth {
    const { plan, queue, connection } = this.#settings;
    return consumerHealth({
      handler: plan.handler.name,
      queue,
      connected: connection.state === "connected",
      consumer: this.#consumer,
      held: this.#flow.held,
    });
  }

  /** What of the queue is not done yet: asks the broker how much stands there. */
  async openWork(): Promise<OpenWork> {
    const { plan, service, queue, connection } = this.#settings;
    const of = `${service.name}.${plan.handler.name}`;
    const queued = await queuedWork(this.#consumer, connection, queue);
    return { of, ...queued, running: this.inFlight, pausing: this.#settler.pausing };
  }

  /** Begins to consume; `again` after an attempt that a lost connection ended, with which the queue may have gone. */
  async start(again = false): Promise<void> {
    if (again) await this.#settings.redeclare();
    await this.#consumer.start();
    this.#holdTimer = setInterval(() => this.#giveBackLate(), Math.max(1000, this.holdMs / 20));
    this.#holdTimer.unref();
  }

  /** Takes nothing new and gives back what has not begun. */
  async stopTaking(): Promise<void> {
    clearInterval(this.#holdTimer);
    this.#breaker?.stop();
    this.#settings.call.batches?.stopWaiting();
    this.#runs.stopWaiting();
    await this.#flow.stop();
  }

  /** Resolves when no run is left, and no hook. */
  async ended(): Promise<void> {
    this.#settler.stopPausing();
    await this.#runs.ended();
    await this.#flow.runsEnded();
    this.#runs.flushLog();
    this.#suspects.flush();
    await this.#settings.deadLetters.ended();
  }

  /** Tells the runs to end, and puts back the messages of those that do not. */
  async abortRuns(reason: Error, patience: Promise<void>): Promise<void> {
    await this.#runs.abort(reason, patience);
    await this.#flow.runsEnded();
    this.#runs.flushLog();
    this.#suspects.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#holdTimer);
    this.#settler.close();
    await this.#consumer.close();
  }

  // What the intake and the settler ask for.

  run(delivery: Delivery): void {
    this.#lanes?.began(delivery);
    void this.#runs.run(delivery);
  }

  setPrefetch(count: number, changed?: () => void): void {
    this.#flow.setPrefetch(count, changed);
  }

  quarantined({ deliveryCount, properties }: Delivery): void {
    // What waits to be handled together would keep the suspect waiting, and nothing else comes.
    this.#settings.call.batches?.handOver();
    this.logger.warn(
      { deliveryCount, messageId: properties.messageId },
      "a message came back three times or more, so it may have ended the process: it runs alone, and the queue is consumed one by one for a while",
    );
  }

  declareDeadLetterQueue(): Promise<void> {
    return this.#settings.declareDeadLetterQueue();
  }

  pause(): void {
    this.#flow.pause("copies");
  }

  resume(): void {
    if (!this.signal.aborted) this.#flow.resume("copies");
  }

  putBack(delivery: Delivery): void {
    this.#flow.putBack(delivery);
  }

  deadLettered(_delivery: Delivery, cause: DeadLetterCause): void {
    this.#settings.deadLetters.added(cause, this.#settings.queue);
  }

  #createIntake(concurrency: number): Intake {
    const { plan, options, prefetch, slots, backlog } = this.#settings;
    const ordered = plan.orderingKey !== undefined || plan.singleActive;
    // One by one, what came back from another process would be turned round by what then goes back itself.
    const careful = plan.queueType === "quorum" && backlog && !ordered;
    return new Intake({
      host: this,
      slots,
      globalLimit: options.globalPrefetchCount,
      concurrency,
      prefetch,
      careful,
      ordered,
      countOf: (delivery) => this.#suspects.countOf(delivery),
    });
  }

  #createConsumer(): Consumer {
    const { connection, queue, logger, redeclare, retryTiers } = this.#settings;
    const keys = new ForeignKeys({ ...this.#settings, returnExchange: retryTiers.returnExchange });
    return new Consumer({
      connection,
      queue,
      prefetch: this.#intake.initialPrefetch,
      logger,
      onDelivery: (delivery) => {
        keys.look(delivery);
        if (delivery.redelivered) this.#suspects.arrived(delivery);
        (this.#lanes ?? this.#intake).accept(delivery);
      },
      onLost: () => {
        this.#suspects.returns();
        this.#lanes?.lost();
        this.#intake.lost();
      },
      redeclare,
    });
  }

  #giveBackLate(): void {
    const count = this.#flow.giveBackLate(this.holdMs);
    if (count === 0) return;
    this.logger.warn(
      { count },
      "deliveries waited too long for their turn and went back to the queue; lower the prefetch",
    );
  }
}
