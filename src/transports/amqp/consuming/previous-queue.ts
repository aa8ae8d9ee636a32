/** A queue's previous name (`previousQueueNames`): unbound, then consumed together with the current queue. It is never deleted here. */
import { replyOf } from "../../../amqp-client/errors.ts";
import { createRepeat } from "../../../amqp-client/repeat-when-lost.ts";
import { bindQueue, inspectQueue, unbindQueue } from "../../../amqp-client/topology.ts";
import type { ConsumerHealth } from "../../../service/health.ts";
import type { OpenWork } from "../../../service/open-work.ts";
import { wait } from "../../../util/wait.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { bindingOf, type TopologySettings } from "../topology/topology.ts";
import type { AskedPauses } from "./asked-pauses.ts";
import type { ConsumedQueue } from "./consumed-queue.ts";
import type { Subscription } from "./subscription.ts";

/** How often we check whether the consumer of a previous queue has stopped because the queue was deleted. */
const checkMs = 2000;

export interface PreviousQueueSettings {
  readonly name: string;
  readonly plan: SubscriptionPlan;
  readonly topology: TopologySettings;
  /** Retry copies return through it; the current queue receives those of its previous names. */
  readonly returnExchange: string;
  readonly pauses: Pick<AskedPauses, "reasonOf">;
  subscribe(queue: string): Subscription;
}

/**
 * AMQP cannot say whether a queue can be deleted without loss. `queue.declare` counts the messages that are ready; the count
 * leaves out messages that a stopping instance holds unacknowledged, and a delete with `if-empty` uses the same count. So the queue
 * is kept, and messages that are requeued to it are handled as long as the subscription names it.
 */
export class PreviousQueue implements ConsumedQueue {
  readonly #settings: PreviousQueueSettings;
  readonly #stop = new AbortController();
  #subscription: Subscription | undefined;
  /** Of a deleted queue, while its last runs end. */
  #ending: Subscription | undefined;
  #unbound = false;
  #done: Promise<void> = Promise.resolve();

  constructor(settings: PreviousQueueSettings) {
    this.#settings = settings;
  }

  get handler(): string {
    return this.#settings.plan.handler.name;
  }

  async pause(reason: string): Promise<void> {
    await this.#subscription?.pause(reason);
  }

  resume(): void {
    this.#subscription?.resume();
  }

  start(): void {
    const { topology, name } = this.#settings;
    const { signal } = this.#stop;
    const repeat = createRepeat({ connection: topology.connection, seconds: Number.POSITIVE_INFINITY, signal });
    this.#done = repeat(() => this.#drain()).catch((error: unknown) => {
      if (signal.aborted) return;
      topology.logger.warn(
        { err: error, queue: name },
        `the previous queue "${name}" cannot be consumed until it is empty; the next start tries again`,
      );
    });
  }

  async stopTaking(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    await this.#subscription?.stopTaking();
  }

  async openWork(): Promise<OpenWork | undefined> {
    return this.#subscription?.openWork();
  }

  health(): ConsumerHealth | undefined {
    return this.#subscription?.health();
  }

  async ended(): Promise<void> {
    await this.#subscription?.ended();
  }

  async abortRuns(reason: Error, deadline: Promise<void>): Promise<void> {
    await (this.#subscription ?? this.#ending)?.abortRuns(reason, deadline);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    await this.#subscription?.close();
  }

  /** Runs again after a lost connection, until the queue is deleted or the service stops. */
  async #drain(): Promise<void> {
    const { declare } = this.#settings.plan.queue;
    if (declare !== false && !(await this.#exists())) return this.#gone();
    if (declare === true) await this.#unbind();
    if (!this.#subscription && !(await this.#consume())) return this.#gone();
    while (!this.#stop.signal.aborted) {
      await wait(checkMs, this.#stop.signal);
      // Only a consumer that the broker ended can have lost its queue: nothing is asked while it consumes.
      if (this.#stop.signal.aborted || this.#subscription?.health().state !== "reopening") continue;
      if (!(await this.#exists())) return this.#gone();
    }
  }

  /** A login without the permission cannot check: RabbitMQ requires one since 4.2.6. */
  async #exists(): Promise<boolean> {
    try {
      return (await inspectQueue(this.#settings.topology.connection, this.#settings.name)) !== undefined;
    } catch (error) {
      if (replyOf(error).replyCode === 403) return true;
      throw error;
    }
  }

  /** Once for each start: an older version that starts again in the meantime, as in a rollback, keeps its bindings. */
  async #unbind(): Promise<void> {
    if (this.#unbound) return;
    const { name, plan, topology, returnExchange } = this.#settings;
    await this.#bindReturns();
    await unbindQueue(topology.connection, { exchange: returnExchange, queue: name, routingKey: name });
    const patterns = new Set([...plan.bindings.patterns, ...plan.bindings.previousPatterns]);
    for (const pattern of patterns) {
      await unbindQueue(topology.connection, bindingOf(plan.bindings, name, pattern, topology.options.naming));
    }
    this.#unbound = true;
    topology.logger.info(
      { queue: name },
      `the previous queue "${name}" is unbound, and this service handles its remaining messages. When it is empty (list_queues: messages 0) and no older version runs, remove it from "previousQueueNames" and delete it`,
    );
  }

  /** Copies that wait for a retry have the old name as their key. The current queue receives them, even if its retries have no delays. */
  async #bindReturns(): Promise<void> {
    const { name, plan, topology, returnExchange } = this.#settings;
    try {
      await bindQueue(topology.connection, { exchange: returnExchange, queue: plan.queue.queueName, routingKey: name });
    } catch (error) {
      // Without the exchange no copy waits.
      if (replyOf(error).replyCode !== 404) throw error;
    }
  }

  /** False when the queue does not exist. */
  async #consume(): Promise<boolean> {
    const { pauses } = this.#settings;
    const subscription = this.#settings.subscribe(this.#settings.name);
    const before = pauses.reasonOf(this.handler);
    try {
      await subscription.start();
    } catch (error) {
      await subscription.close();
      if (replyOf(error).replyCode === 404) return false;
      throw error;
    }
    this.#subscription = subscription;
    const reason = pauses.reasonOf(this.handler);
    // Paused, or resumed, while it started.
    if (reason !== undefined) void subscription.pause(reason);
    else if (before !== undefined) subscription.resume();
    return true;
  }

  /** It never existed, or was deleted. */
  async #gone(): Promise<void> {
    const subscription = this.#subscription;
    if (!subscription) return;
    const { name, topology } = this.#settings;
    this.#subscription = undefined;
    this.#ending = subscription;
    topology.logger.info({ queue: name }, `the previous queue "${name}" does not exist any more`);
    await subscription.stopTaking();
    await subscription.ended();
    await subscription.close();
    this.#ending = undefined;
  }
}
