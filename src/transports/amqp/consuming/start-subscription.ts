/** From plan to subscription: declares what it needs, then makes what consumes it. */
import { randomUUID } from "node:crypto";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import { inspectQueue } from "../../../amqp-client/topology.ts";
import type { ObservedServer } from "../../../service/observed-work.ts";
import type { RunObserver } from "../../../service/observer.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import { createBodyReader } from "../contracts/read-body.ts";
import { deadLetterQueueName } from "../names/queue-name.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { type DuplicateGuard, Duplicates } from "../processing/duplicates.ts";
import { createHandlerCall, type HandlerCall } from "../processing/handler-call.ts";
import { createDeliveryReader } from "../processing/read-delivery.ts";
import { SharedDuplicates } from "../processing/shared-duplicates.ts";
import { DeadLetterWatch } from "../settlement/dead-letter-watch.ts";
import { DroppedDeadLetters } from "../settlement/dropped-dead-letters.ts";
import { retryDelaysOf } from "../topology/retry-parts.ts";
import type { RetryTiers } from "../topology/retry-tiers.ts";
import {
  declareDeadLetterQueue,
  declareTopology,
  declareTopologyAgain,
  type TopologySettings,
} from "../topology/topology.ts";
import type { TopologyWatch, WatchedPart } from "../topology/topology-watch.ts";
import type { AskedPauses } from "./asked-pauses.ts";
import type { ConcurrencyLimiter } from "./concurrency-limiter.ts";
import { PreviousQueue } from "./previous-queue.ts";
import { Subscription } from "./subscription.ts";

export interface StarterSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly retryTiers: RetryTiers;
  readonly watch: Pick<TopologyWatch, "add">;
  readonly limiter: ConcurrencyLimiter;
  readonly pauses: Pick<AskedPauses, "reasonOf">;
  readonly abort: AbortSignal;
  /** Where replies go at the moment. */
  server(): ObservedServer | undefined;
}

export interface PreparedSubscription {
  readonly subscription: Subscription;
  readonly previousQueues: readonly PreviousQueue[];
}

export class SubscriptionStarter {
  readonly #settings: StarterSettings;
  /** Per method: a message that reaches it by two queues is handled once. */
  readonly #duplicates = new Map<string, DuplicateGuard>();
  /** By dead-letter queue, which several subscriptions may share. */
  readonly #deadLetters = new Map<string, DeadLetterWatch>();
  readonly #declaring = new Map<string, Promise<void>>();

  constructor(settings: StarterSettings) {
    this.#settings = settings;
  }

  /** Declares and consumes on this connection. */
  async prepare(plan: SubscriptionPlan, connection: AmqpConnection): Promise<PreparedSubscription> {
    const { options, publisher, retryTiers, watch, context, server } = this.#settings;
    const { logger } = plan.handler;
    const topology: TopologySettings = { connection, options, logger, declaring: this.#declaring };
    const report = await declareTopology(plan, topology);
    publisher.trustExchange(plan.bindings.exchangeName, plan.bindings.declare);
    const deadLetters = this.#deadLettersOf(plan);
    // In the python profile it is declared when it is first needed.
    if (options.topology.profile === "reliable" && plan.queue.declare !== false) {
      watch.add(plan.queue.deadLetterQueue, deadLetterPart(plan, topology, deadLetters));
    }
    await Promise.all(retryDelaysOf(plan).map((delayMs) => retryTiers.declare(plan.queue, delayMs)));
    if (context.observer) observeSubscription(context, context.observer, plan);
    // Each queue gathers batches of its own: a previous one that is done must not end the waiting of the other.
    const make = (queue: string, backlog: boolean): Subscription => {
      const { returnExchange } = retryTiers;
      const call = createHandlerCall(plan, { context, options, publisher, returnExchange, server });
      return this.#subscription(plan, { queue, backlog, call, topology, deadLetters });
    };
    const { queueName, declare } = plan.queue;
    // Of a queue about which nothing was asked, it may hold what ended a process before.
    const subscription = make(queueName, (report.messageCount ?? (declare === true ? 0 : 1)) > 0);
    if (declare !== false) watch.add(`${plan.handler.name} paused: ${queueName}`, pausedPart(subscription, plan.queue));
    return {
      subscription,
      previousQueues: plan.queue.previousQueueNames.map(
        (name) =>
          new PreviousQueue({
            name: options.naming.queueNamePrefix + name,
            plan,
            topology,
            returnExchange: retryTiers.returnExchange,
            pauses: this.#settings.pauses,
            subscribe: (queue) => make(queue, true),
          }),
      ),
    };
  }

  #subscription(plan: SubscriptionPlan, consumed: ConsumedQueue): Subscription {
    const { options, publisher, retryTiers, context, limiter, pauses, abort } = this.#settings;
    const { queue, backlog, call, topology, deadLetters } = consumed;
    const own = queue === plan.queue.queueName;
    return new Subscription({
      plan,
      service: context.service,
      options,
      queue,
      prefetch: this.#prefetchOf(plan),
      backlog,
      call,
      duplicates: this.#duplicatesOf(plan),
      deadLetters,
      limiter,
      pauses,
      connection: topology.connection,
      publisher,
      retryTiers,
      logger: plan.handler.logger,
      abort,
      clock: context.clock,
      observer: context.observer,
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
    const { limiter, options } = this.#settings;
    const share = Math.min(1, options.consuming.globalPrefetchCount / limiter.requested);
    return Math.max(1, Math.floor(plan.runs.prefetch * share));
  }

  #duplicatesOf(plan: SubscriptionPlan): DuplicateGuard {
    const { name } = plan.handler;
    const duplicates = this.#duplicates.get(name) ?? this.#createDuplicates(plan);
    this.#duplicates.set(name, duplicates);
    return duplicates;
  }

  /** Where each instance has its own copy of every message, what another one did says nothing. */
  #createDuplicates({ handler, queue, deduplication }: SubscriptionPlan): DuplicateGuard {
    const { options, context, abort } = this.#settings;
    const local = new Duplicates(deduplication.deduplicationWindow);
    const { deduplicationStore: store, consumerTimeoutSeconds } = options.consuming;
    if (!store || queue.perInstance) return local;
    return new SharedDuplicates({
      store,
      local,
      prefix: `${options.naming.queueNamePrefix}${context.name}.${handler.name}:`,
      owner: randomUUID(),
      logger: handler.logger,
      clock: context.clock,
      holdMs: (consumerTimeoutSeconds * 1000) / 2,
      signal: abort,
    });
  }

  /** One that subscriptions share is counted, and told, as one. */
  #deadLettersOf(plan: SubscriptionPlan): DeadLetterWatch {
    const { deadLetterQueue } = plan.queue;
    const watch = this.#deadLetters.get(deadLetterQueue) ?? this.#createDeadLetterWatch(plan);
    this.#deadLetters.set(deadLetterQueue, watch);
    return watch;
  }

  #createDeadLetterWatch({
    queue: { queueName, deadLetterQueue, declare },
    handler,
  }: SubscriptionPlan): DeadLetterWatch {
    const { connection, context } = this.#settings;
    const watch = new DeadLetterWatch({
      deadLetterQueue,
      logger: deadLetterQueue === deadLetterQueueName(queueName) ? handler.logger : context.logger,
      hook: context.onDeadLetter,
      count: async () => (await inspectQueue(connection, deadLetterQueue))?.messageCount,
    });
    // The start does not wait for it.
    if (declare !== false) void watch.start();
    return watch;
  }
}

function deadLetterPart(plan: SubscriptionPlan, topology: TopologySettings, watch: DeadLetterWatch): WatchedPart {
  const { deadLetterQueue } = plan.queue;
  const dropped = new DroppedDeadLetters({ deadLetterQueue, logger: topology.logger, copies: () => watch.copies });
  return {
    exchanges: [],
    queues: [deadLetterQueue],
    consequence: "The dead letters that were in it were deleted with it.",
    restore: plan.queue.declare === true ? () => declareDeadLetterQueue(plan.queue, topology) : undefined,
    looked: async ({ messages, consumed }) =>
      dropped.looked(messages.get(deadLetterQueue), consumed.has(deadLetterQueue)),
  };
}

/** A consumer is told by the broker when its queue is deleted; while it is paused, nobody is. A look also renews a queue that expires. */
function pausedPart(subscription: Subscription, { queueName, declare }: SubscriptionPlan["queue"]): WatchedPart {
  return {
    exchanges: [],
    get queues() {
      return subscription.isPaused ? [queueName] : [];
    },
    consequence: "The messages that were in it were deleted with it.",
    restore: declare === true ? () => subscription.redeclare() : undefined,
  };
}

function observeSubscription({ service, clock }: ServiceContext, observer: RunObserver, plan: SubscriptionPlan): void {
  const { patterns } = plan.bindings;
  const { queueName, deadLetterQueue } = plan.queue;
  const reader = createDeliveryReader(plan, clock);
  const bodyReader = createBodyReader(plan.reading);
  const read = async (message: Parameters<typeof reader>[0]): Promise<unknown> => {
    const { data } = await bodyReader(message);
    try {
      return (await reader(message)).data;
    } catch {
      // The schema refused it: shown as it came.
      return data;
    }
  };
  observer.subscribed?.({ service, handler: plan.handler.name, patterns, queueName, deadLetterQueue, read });
}

interface ConsumedQueue {
  readonly queue: string;
  readonly backlog: boolean;
  readonly call: HandlerCall;
  readonly topology: TopologySettings;
  readonly deadLetters: DeadLetterWatch;
}
