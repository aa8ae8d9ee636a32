/** A queue's former name (`formerly`): unbound, drained into the handler, and deleted when it is empty and unused. */
import { createRepeat } from "../../amqp-client/repeat-when-lost.ts";
import { deleteQueue, inspectQueue, unbindQueue } from "../../amqp-client/topology.ts";
import type { ConsumerHealth } from "../../service/health.ts";
import type { OpenWork } from "../../service/open-work.ts";
import { wait } from "../../util/wait.ts";
import type { SubscriptionPlan } from "./plan.ts";
import type { Subscription } from "./subscription/subscription.ts";
import { bindingOf, type TopologySettings } from "./topology.ts";

/** How often an emptied queue is looked at; the jitter lets one of several instances be alone with it. */
const lookMs = 1000;

export interface FormerQueueSettings {
  readonly name: string;
  readonly plan: SubscriptionPlan;
  readonly topology: TopologySettings;
  /** By which retries come back; the queue of today takes those of its former names. */
  readonly returnExchange: string;
  subscribe(queue: string): Subscription;
}

export class FormerQueue {
  readonly #settings: FormerQueueSettings;
  readonly #stop = new AbortController();
  #subscription: Subscription | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(settings: FormerQueueSettings) {
    this.#settings = settings;
  }

  start(): void {
    const { topology, name } = this.#settings;
    const { signal } = this.#stop;
    const repeat = createRepeat({ connection: topology.connection, seconds: Number.POSITIVE_INFINITY, signal });
    this.#done = repeat(() => this.#retire()).catch((error: unknown) => {
      if (signal.aborted) return;
      topology.logger.warn(
        { err: error, queue: name },
        `the former queue "${name}" could not be retired; the next start tries again`,
      );
    });
  }

  async stopTaking(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    await this.#subscription?.stopTaking();
  }

  /** Undefined while nothing is drained. */
  async openWork(): Promise<OpenWork | undefined> {
    return this.#subscription?.openWork();
  }

  /** Undefined while nothing is drained. */
  health(): ConsumerHealth | undefined {
    return this.#subscription?.health();
  }

  async ended(): Promise<void> {
    await this.#subscription?.ended();
  }

  async abortRuns(reason: Error, patience: Promise<void>): Promise<void> {
    await this.#subscription?.abortRuns(reason, patience);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    await this.#subscription?.close();
  }

  /** From where it was left, when a lost connection ended it. */
  async #retire(): Promise<void> {
    const { name, topology } = this.#settings;
    // It never was, or another instance was first.
    if (!(await inspectQueue(topology.connection, name))) return this.#stopConsuming();
    await this.#unbind();
    topology.logger.info({ queue: name }, `the former queue "${name}" is drained into the handler`);
    while (!this.#stop.signal.aborted) {
      if (!this.#subscription) await this.#consume();
      await wait(lookMs + Math.random() * lookMs, this.#stop.signal);
      if (!this.#stop.signal.aborted && (await this.#deleted())) return;
    }
  }

  async #unbind(): Promise<void> {
    const { name, plan, topology, returnExchange } = this.#settings;
    await unbindQueue(topology.connection, { exchange: returnExchange, queue: name, routingKey: name });
    const patterns = new Set([...plan.patterns, ...plan.formerPatterns]);
    for (const pattern of patterns) {
      await unbindQueue(topology.connection, bindingOf(plan, name, pattern, topology.options));
    }
  }

  async #consume(): Promise<void> {
    const subscription = this.#settings.subscribe(this.#settings.name);
    await subscription.start();
    this.#subscription = subscription;
  }

  async #stopConsuming(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.stopTaking();
    await subscription?.ended();
    await subscription?.close();
  }

  /** Whether the queue is gone: it was empty, and no other instance consumed it. */
  async #deleted(): Promise<boolean> {
    const { name, topology } = this.#settings;
    const found = await inspectQueue(topology.connection, name);
    if (found && (found.messageCount > 0 || (this.#subscription?.inFlight ?? 0) > 0)) return false;
    await this.#stopConsuming();
    // Another instance was first.
    if (!found) return true;
    const last = await inspectQueue(topology.connection, name);
    // Somebody consumes it still, or a message came in: look again later.
    if (last && (last.messageCount > 0 || last.consumerCount > 0)) return false;
    // Not "if-empty" and "if-unused": a quorum queue answers those by closing the connection (540 NOT_IMPLEMENTED).
    await deleteQueue(topology.connection, name);
    topology.logger.info({ queue: name }, `the former queue "${name}" was empty and is deleted`);
    return true;
  }
}
