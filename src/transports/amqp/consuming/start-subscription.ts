/** From plan to subscription: declares what it needs, then makes what consumes it. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { DuplicateGuards } from "../processing/duplicate-guards.ts";
import { createHandlerCall } from "../processing/handler-call.ts";
import { observeSubscription } from "../processing/observe-subscription.ts";
import { DeadLetterWatches } from "../settlement/watch-dead-letters.ts";
import {
  declareDeadLetterQueue,
  declareTopology,
  declareTopologyAgain,
  type TopologySettings,
} from "../topology/topology.ts";
import type { ConsumingScope } from "./consuming-scope.ts";
import { PreviousQueue } from "./previous-queue.ts";
import { Subscription } from "./subscription.ts";
import type { QueueToConsume, SubscriptionSettings } from "./subscription-settings.ts";
import { watchWhilePaused } from "./watch-paused.ts";

export interface PreparedSubscription {
  readonly subscription: Subscription;
  readonly previousQueues: readonly PreviousQueue[];
}

export class SubscriptionStarter {
  readonly #scope: ConsumingScope;
  readonly #duplicates: DuplicateGuards;
  readonly #deadLetters: DeadLetterWatches;
  readonly #declaring = new Map<string, Promise<void>>();

  constructor(scope: ConsumingScope) {
    this.#scope = scope;
    this.#duplicates = new DuplicateGuards(scope);
    this.#deadLetters = new DeadLetterWatches(scope);
  }

  /** Declares and consumes on this connection. */
  async prepare(plan: SubscriptionPlan, connection: AmqpConnection): Promise<PreparedSubscription> {
    const { options, publishing, retryTiers, context, watch, pauses } = this.#scope;
    const topology: TopologySettings = { connection, options, logger: plan.handler.logger, declaring: this.#declaring };
    const report = await declareTopology(plan, topology);
    publishing.trustExchange(plan.bindings.exchangeName, plan.bindings.declare);
    const deadLetters = this.#deadLetters.of(plan, topology);
    await retryTiers.declareFor(plan);
    observeSubscription(context, plan);
    const prefetch = this.#prefetchOf(plan);
    const subscribe = (name: string, backlog: boolean): Subscription =>
      this.#subscribe(plan, { name, connection, prefetch, backlog }, topology, deadLetters);
    const { queueName, declare } = plan.queue;
    // Of a queue about which nothing was asked, it may hold what ended a process before.
    const subscription = subscribe(queueName, (report.messageCount ?? (declare === true ? 0 : 1)) > 0);
    watchWhilePaused(subscription, plan.queue, watch);
    return {
      subscription,
      previousQueues: plan.queue.previousQueueNames.map(
        (name) =>
          new PreviousQueue({
            name: options.naming.queueNamePrefix + name,
            plan,
            topology,
            returnExchange: retryTiers.returnExchange,
            pauses,
            subscribe: (queue) => subscribe(queue, true),
          }),
      ),
    };
  }

  #subscribe(
    plan: SubscriptionPlan,
    queue: QueueToConsume,
    topology: TopologySettings,
    deadLetters: SubscriptionSettings["deadLetters"],
  ): Subscription {
    const { context, options, publishing, retryTiers } = this.#scope;
    const { publisher, server } = publishing;
    const { returnExchange } = retryTiers;
    const own = queue.name === plan.queue.queueName;
    return new Subscription({
      plan,
      scope: this.#scope,
      queue,
      // Each queue collects its own batches: a previous one that has ended must not end the wait of the other.
      call: createHandlerCall(plan, { context, options, publisher, server, returnExchange }),
      source: this.#sourceOf(plan, queue),
      duplicates: this.#duplicates.of(plan),
      deadLetters,
      redeclare: async () => {
        if (!own) return;
        await declareTopologyAgain(plan, topology);
        await retryTiers.restore(plan.queue);
      },
      declareDeadLetterQueue: async () => {
        if (plan.queue.declare === true) await declareDeadLetterQueue(plan.queue, topology);
        return plan.queue.declare === true;
      },
    });
  }

  /** The subscription's share, when the prefetches of the process come to more than globalPrefetchCount. */
  #prefetchOf(plan: SubscriptionPlan): number {
    const { limiter, options } = this.#scope;
    const share = Math.min(1, options.consuming.globalPrefetchCount / limiter.requested);
    return Math.max(1, Math.floor(plan.runs.prefetch * share));
  }

  /** What the contexts of all runs share. */
  #sourceOf(plan: SubscriptionPlan, queue: QueueToConsume): SubscriptionSettings["source"] {
    const { context, options, retryTiers } = this.#scope;
    const { patterns, templates } = plan.bindings;
    return {
      service: context.service,
      logger: plan.handler.logger,
      patterns,
      templates,
      queueName: queue.name,
      routingKeyPrefix: options.naming.routingKeyPrefix,
      returnExchange: retryTiers.returnExchange,
      countsDeliveries: plan.queue.queueType === "quorum",
    };
  }
}
