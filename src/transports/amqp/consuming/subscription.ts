/** One consumed queue and its handler, from the start to the end of the service. Its parts are made in `consumer-parts.ts` and `run-parts.ts`. */
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import { formatDuration } from "../../../util/duration.ts";
import type { ConsumedQueue } from "./consumed-queue.ts";
import { type ConsumerParts, createConsumerParts } from "./consumer-parts.ts";
import { consumerHealth, queuedWork } from "./consumer-report.ts";
import { expiresWhilePaused } from "./paused-expiry.ts";
import { createRunParts, type RunParts } from "./run-parts.ts";
import type { SubscriptionSettings } from "./subscription-settings.ts";

export class Subscription implements ConsumedQueue {
  readonly #settings: SubscriptionSettings;
  readonly #parts: ConsumerParts & RunParts;
  #holdTimer: NodeJS.Timeout | undefined;

  constructor(settings: SubscriptionSettings) {
    const parts = createConsumerParts(settings);
    this.#settings = settings;
    this.#parts = { ...parts, ...createRunParts(settings, parts) };
  }

  get handler(): string {
    return this.#settings.plan.handler.name;
  }

  /** The broker delivers nothing, because this process requests nothing now. */
  get isPaused(): boolean {
    return this.#parts.consumer.state === "paused";
  }

  health(): ConsumerHealth {
    const { queue } = this.#settings;
    const { consumer, control } = this.#parts;
    return consumerHealth({
      handler: this.handler,
      queue: queue.name,
      connected: queue.connection.state === "connected",
      consumer,
      held: control.held,
    });
  }

  /** The unfinished work of the queue: asks the broker for its number of messages. */
  async openWork(): Promise<OpenWork> {
    const { scope, queue } = this.#settings;
    const { consumer, control, dispatcher, lanes, settler } = this.#parts;
    const of = `${scope.context.name}.${this.handler}`;
    const asked = control.held?.reason === "asked";
    const queued = await queuedWork(consumer, queue.connection, queue.name, asked);
    // Running, or waiting for their turn.
    const running = dispatcher.running + (lanes ?? dispatcher).waiting;
    return { of, ...queued, running, pausing: settler.pausing };
  }

  /** Starts to consume; `again` after an attempt that a lost connection ended, which may have deleted the queue. */
  async start(again = false): Promise<void> {
    const { dispatcher, runs, control, consumer, holdMs } = this.#parts;
    if (again) await this.redeclare();
    dispatcher.start({ runs, control });
    const asked = this.#settings.scope.pauses.reasonOf(this.handler);
    if (asked === undefined) await consumer.start();
    else {
      control.pause("asked", asked);
      consumer.startPaused(asked);
      this.#warnOfExpiry();
    }
    this.#holdTimer = setInterval(() => this.#giveBackLate(), Math.max(1000, holdMs / 20));
    this.#holdTimer.unref();
  }

  /** Declares the queue again, with everything that belongs to it. */
  redeclare(): Promise<void> {
    return this.#settings.redeclare();
  }

  async pause(reason: string): Promise<void> {
    const { control, unsettled } = this.#parts;
    // What waits to be handled together has begun, and no others come.
    this.#settings.call.batches?.pause();
    control.pause("asked", reason);
    this.#warnOfExpiry();
    await control.gaveBack();
    await unsettled.settled();
  }

  resume(): void {
    this.#settings.call.batches?.resume();
    this.#parts.control.resume("asked");
  }

  async stopTaking(): Promise<void> {
    const { breaker, runs, control } = this.#parts;
    clearInterval(this.#holdTimer);
    breaker?.stop();
    this.#settings.call.batches?.stopWaiting();
    runs.stopWaiting();
    await control.stop();
  }

  async ended(): Promise<void> {
    const { settler, unsettled } = this.#parts;
    settler.stopPausing();
    await unsettled.settled();
    await this.#afterRuns();
    await this.#settings.deadLetters.ended();
  }

  async abortRuns(reason: Error, deadline: Promise<void>): Promise<void> {
    await this.#parts.runs.abort(reason, deadline);
    this.#settings.call.batches?.abandon(reason);
    await this.#afterRuns();
  }

  async close(): Promise<void> {
    const { settler, consumer } = this.#parts;
    clearInterval(this.#holdTimer);
    settler.close();
    await consumer.close();
  }

  async #afterRuns(): Promise<void> {
    const { control, runs, suspects } = this.#parts;
    await control.runsEnded();
    runs.flushLog();
    suspects.flush();
  }

  /** A long pause needs a warning: the broker may delete the queue in the meantime. */
  #warnOfExpiry(): void {
    const { plan, queue } = this.#settings;
    const { queueName, queueTtl } = plan.queue;
    if (queue.name !== queueName || !expiresWhilePaused(plan.queue)) return;
    plan.handler.logger.warn(
      `the broker deletes "${queueName}" with its messages when it has no consumer for ${formatDuration(queueTtl * 1000)} (queueTtl): resume the handler before that, or let another instance consume`,
    );
  }

  #giveBackLate(): void {
    const { control, holdMs } = this.#parts;
    const count = control.giveBackLate(holdMs);
    if (count === 0) return;
    this.#settings.plan.handler.logger.warn(
      { count },
      "deliveries waited too long in the process and went back to the queue; lower the prefetch",
    );
  }
}
