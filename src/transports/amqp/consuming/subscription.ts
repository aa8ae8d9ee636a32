/** Where a handler meets a consumer: what comes is taken in, run and settled, as fast as all limits allow. */
import { Consumer } from "../../../amqp-client/consumer.ts";
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import type { ContextSource } from "../processing/delivery-context.ts";
import { createDeliveryReader } from "../processing/read-delivery.ts";
import { Settler } from "../settlement/settle.ts";
import { Breaker } from "./breaker.ts";
import type { ConsumedQueue } from "./consumed-queue.ts";
import { type ConsumerControl, UnorderedConsumerControl } from "./consumer-control.ts";
import { consumerHealth, queuedWork } from "./consumer-report.ts";
import { CrashSuspects } from "./crash-suspects.ts";
import { DeliveryDispatcher } from "./delivery-dispatcher.ts";
import { DeliveryRuns } from "./delivery-runs.ts";
import { ForeignKeys } from "./foreign-keys.ts";
import { HoldLimit } from "./hold-limit.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { OrderedConsumerControl } from "./ordered-consumer-control.ts";
import { PrefetchLimits } from "./prefetch-limits.ts";
import {
  contextSource,
  deliveryWatch,
  type SubscriptionSettings,
  settlementObserver,
} from "./subscription-settings.ts";
import { UnsettledDeliveries } from "./unsettled-deliveries.ts";

export class Subscription implements ConsumedQueue {
  readonly #settings: SubscriptionSettings;
  readonly #holdMs: number;
  readonly #limits: PrefetchLimits;
  readonly #suspects: CrashSuspects;
  readonly #unsettled = new UnsettledDeliveries();
  readonly #dispatcher: DeliveryDispatcher;
  /** Only with `orderingKey` or `singleActive`. */
  readonly #lanes: Lanes | undefined;
  readonly #consumer: Consumer;
  readonly #control: ConsumerControl;
  /** Only with `circuitBreaker`. */
  readonly #breaker: Breaker | undefined;
  readonly #settler: Settler;
  readonly #runs: DeliveryRuns;
  #holdTimer: NodeJS.Timeout | undefined;

  /** Each part is made of those before it. `start` closes the circle: the dispatcher gets what runs its deliveries. */
  constructor(settings: SubscriptionSettings) {
    const { plan, logger, clock, call } = settings;
    const source = contextSource(settings);
    this.#settings = settings;
    this.#holdMs = (settings.options.consuming.consumerTimeoutSeconds * 1000) / 2;
    this.#limits = new PrefetchLimits(settings.prefetch, this.#isCareful);
    this.#suspects = new CrashSuspects(settings);
    this.#dispatcher = this.#createDispatcher();
    call.batches?.limitBy(() => this.#dispatcher.mostAtOnce);
    this.#lanes = createLanes(plan, source, clock, (delivery) => this.#dispatcher.accept(delivery));
    this.#consumer = this.#createConsumer();
    this.#control = this.#createControl();
    this.#breaker =
      plan.failures.circuitBreaker &&
      new Breaker({ options: plan.failures.circuitBreaker, control: this.#control, clock, logger });
    this.#settler = this.#createSettler();
    this.#runs = this.#createRuns(source);
  }

  get handler(): string {
    return this.#settings.plan.handler.name;
  }

  /** The broker delivers nothing, because this process wants nothing for now. */
  get isPaused(): boolean {
    return this.#consumer.state === "paused";
  }

  health(): ConsumerHealth {
    const { queue, connection } = this.#settings;
    return consumerHealth({
      handler: this.handler,
      queue,
      connected: connection.state === "connected",
      consumer: this.#consumer,
      held: this.#control.held,
    });
  }

  /** What of the queue is not done yet: asks the broker how much stands there. */
  async openWork(): Promise<OpenWork> {
    const { service, queue, connection } = this.#settings;
    const of = `${service.name}.${this.handler}`;
    const asked = this.#control.held?.reason === "asked";
    const queued = await queuedWork(this.#consumer, connection, queue, asked);
    // Running, or waiting for their turn.
    const running = this.#dispatcher.running + (this.#lanes ?? this.#dispatcher).waiting;
    return { of, ...queued, running, pausing: this.#settler.pausing };
  }

  /** Begins to consume; `again` after an attempt that a lost connection ended, with which the queue may have gone. */
  async start(again = false): Promise<void> {
    if (again) await this.redeclare();
    this.#dispatcher.start({ runs: this.#runs, control: this.#control });
    const asked = this.#settings.pauses.reasonOf(this.handler);
    if (asked === undefined) await this.#consumer.start();
    else {
      this.#control.pause("asked", asked);
      this.#consumer.startPaused(asked);
    }
    this.#holdTimer = setInterval(() => this.#giveBackLate(), Math.max(1000, this.#holdMs / 20));
    this.#holdTimer.unref();
  }

  /** Declares the queue again, with everything that belongs to it. */
  redeclare(): Promise<void> {
    return this.#settings.redeclare();
  }

  async pause(reason: string): Promise<void> {
    // What waits to be handled together has begun, and no others come.
    this.#settings.call.batches?.pause();
    this.#control.pause("asked", reason);
    await this.#control.gaveBack();
    await this.#unsettled.settled();
  }

  resume(): void {
    this.#settings.call.batches?.resume();
    this.#control.resume("asked");
  }

  async stopTaking(): Promise<void> {
    clearInterval(this.#holdTimer);
    this.#breaker?.stop();
    this.#settings.call.batches?.stopWaiting();
    this.#runs.stopWaiting();
    await this.#control.stop();
  }

  async ended(): Promise<void> {
    this.#settler.stopPausing();
    await this.#unsettled.settled();
    await this.#afterRuns();
    await this.#settings.deadLetters.ended();
  }

  async abortRuns(reason: Error, deadline: Promise<void>): Promise<void> {
    await this.#runs.abort(reason, deadline);
    await this.#afterRuns();
  }

  async close(): Promise<void> {
    clearInterval(this.#holdTimer);
    this.#settler.close();
    await this.#consumer.close();
  }

  async #afterRuns(): Promise<void> {
    await this.#control.runsEnded();
    this.#runs.flushLog();
    this.#suspects.flush();
  }

  get #isOrdered(): boolean {
    const { queue, runs } = this.#settings.plan;
    return runs.orderingKey !== undefined || queue.singleActive;
  }

  /** One by one, ordered messages that came back from another process would be turned round by what then goes back itself. */
  get #isCareful(): boolean {
    const { plan, backlog } = this.#settings;
    return plan.queue.queueType === "quorum" && backlog && !this.#isOrdered;
  }

  #createDispatcher(): DeliveryDispatcher {
    const { plan, options, prefetch, limiter, call, logger } = this.#settings;
    return new DeliveryDispatcher({
      limiter,
      globalLimit: options.consuming.globalPrefetchCount,
      concurrency: Math.min(plan.runs.concurrency, prefetch),
      prefetch,
      careful: this.#isCareful,
      ordered: this.#isOrdered,
      countOf: (delivery) => this.#suspects.countOf(delivery),
      quarantined: ({ deliveryCount, properties }) => {
        // What waits to be handled together would keep the suspect waiting, and nothing else comes.
        call.batches?.handOver();
        logger.warn(
          { deliveryCount, messageId: properties.messageId },
          "a message came back three times or more, so it may have ended the process: it runs alone, and the queue is consumed one by one for a while",
        );
      },
    });
  }

  #createConsumer(): Consumer {
    const { connection, options, queue, logger, redeclare, retryTiers } = this.#settings;
    const keys = new ForeignKeys({
      ...this.#settings,
      naming: options.naming,
      returnExchange: retryTiers.returnExchange,
    });
    const [suspects, dispatcher, lanes] = [this.#suspects, this.#dispatcher, this.#lanes];
    return new Consumer({
      connection,
      queue,
      prefetch: this.#limits.count,
      logger,
      onDelivery: (delivery) => {
        keys.look(delivery);
        if (delivery.redelivered) suspects.arrived(delivery);
        (lanes ?? dispatcher).accept(delivery);
      },
      onLost: () => {
        suspects.returns();
        lanes?.lost();
        dispatcher.lost();
      },
      redeclare,
    });
  }

  #createControl(): ConsumerControl {
    const { plan, logger, prefetch } = this.#settings;
    const [dispatcher, lanes] = [this.#dispatcher, this.#lanes];
    const parts = { dispatcher, consumer: this.#consumer, logger, limits: this.#limits };
    if (lanes) return new OrderedConsumerControl({ ...parts, lanes, unsettled: this.#unsettled });
    const concurrency = Math.min(plan.runs.concurrency, prefetch);
    return new UnorderedConsumerControl({
      ...parts,
      hold: new HoldLimit({ prefetch, concurrency, limitMs: this.#holdMs }),
    });
  }

  #createSettler(): Settler {
    const { publisher, logger, abort, clock, retryTiers, deadLetters, queue, declareDeadLetterQueue } = this.#settings;
    return new Settler({
      publisher,
      logger,
      signal: abort,
      holdMs: this.#holdMs,
      clock,
      retryTiers,
      control: this.#control,
      declareDeadLetterQueue,
      deadLettered: (cause) => deadLetters.added(cause, queue),
    });
  }

  #createRuns(source: ContextSource): DeliveryRuns {
    const { plan, call, duplicates, logger, abort, clock } = this.#settings;
    const lanes = this.#lanes;
    return new DeliveryRuns({
      processing: {
        plan,
        invoke: call.invoke,
        duplicates,
        source,
        logger,
        signal: abort,
        clock,
        holdMs: this.#holdMs,
        observeSettled: settlementObserver(this.#settings),
        read: lanes ? (delivery) => lanes.read(delivery) : createDeliveryReader(plan, clock),
      },
      settler: this.#settler,
      breaker: this.#breaker,
      replies: call.replies,
      suspects: this.#suspects,
      control: this.#control,
      dispatcher: this.#dispatcher,
      lanes,
      unsettled: this.#unsettled,
      watch: deliveryWatch(this.#settings, source),
    });
  }

  #giveBackLate(): void {
    const count = this.#control.giveBackLate(this.#holdMs);
    if (count === 0) return;
    this.#settings.logger.warn(
      { count },
      "deliveries waited too long for their turn and went back to the queue; lower the prefetch",
    );
  }
}
