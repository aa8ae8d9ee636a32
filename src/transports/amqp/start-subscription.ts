/** From plan to subscription: declares what it needs, then makes what consumes it. */
import type { AmqpConnection } from "../../amqp-client/connection.ts";
import type { Publisher } from "../../amqp-client/publisher.ts";
import type { HandlerFunction } from "../../service/handler.ts";
import { compose } from "../../service/middleware.ts";
import type { RunObserver } from "../../service/observer.ts";
import type { ServiceContext } from "../../service/transport.ts";
import { Duplicates } from "./duplicates.ts";
import { FormerQueue } from "./former-queue.ts";
import type { HandlerSlots } from "./handler-slots.ts";
import type { ResolvedAmqpOptions } from "./options.ts";
import type { SubscriptionPlan } from "./plan.ts";
import { createBodyReader, createDeliveryReader } from "./read-delivery.ts";
import { Subscription } from "./subscription.ts";
import { declareDeadLetterQueue, declareTopology, type TopologySettings } from "./topology.ts";

export interface StarterSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly slots: HandlerSlots;
  readonly abort: AbortSignal;
}

export interface PreparedSubscription {
  readonly subscription: Subscription;
  readonly formerQueues: readonly FormerQueue[];
}

export class SubscriptionStarter {
  readonly #settings: StarterSettings;
  /** Per method: a message that reaches it by two queues is handled once. */
  readonly #duplicates = new Map<string, Duplicates>();

  constructor(settings: StarterSettings) {
    this.#settings = settings;
  }

  async prepare(plan: SubscriptionPlan): Promise<PreparedSubscription> {
    const { connection, options, publisher, context } = this.#settings;
    const { logger } = plan.handler;
    const topology: TopologySettings = { connection, options, logger };
    const report = await declareTopology(plan, topology);
    publisher.trustExchange(plan.exchangeName);
    if (context.observer) observeSubscription(context, context.observer, plan);
    const invoke = compose(context.messageMiddleware, plan.handler.call);
    const make = (queue: string, backlog: boolean): Subscription =>
      this.#subscription(plan, { queue, backlog, invoke, topology });
    return {
      subscription: make(plan.queueName, (report.messageCount ?? 0) > 0),
      formerQueues: plan.formerly.map(
        (name) =>
          new FormerQueue({
            name: options.queueNamePrefix + name,
            plan,
            topology,
            subscribe: (queue) => make(queue, true),
          }),
      ),
    };
  }

  #subscription(plan: SubscriptionPlan, consumed: ConsumedQueue): Subscription {
    const { connection, options, publisher, context, slots, abort } = this.#settings;
    const { queue, backlog, invoke, topology } = consumed;
    const own = queue === plan.queueName;
    return new Subscription({
      plan,
      service: context.service,
      options,
      queue,
      prefetch: this.#prefetchOf(plan),
      backlog,
      invoke,
      duplicates: this.#duplicatesOf(plan.handler.name),
      slots,
      connection,
      publisher,
      logger: plan.handler.logger,
      abort,
      clock: context.clock,
      observer: context.observer,
      redeclare: async () => {
        if (own) await declareTopology({ ...plan, alone: false }, topology);
      },
      declareDeadLetterQueue: () => declareDeadLetterQueue(plan, topology),
    });
  }

  /** The subscription's share, when the prefetches of the process come to more than globalPrefetchCount. */
  #prefetchOf(plan: SubscriptionPlan): number {
    const { slots, options } = this.#settings;
    const share = Math.min(1, options.globalPrefetchCount / slots.requested);
    return Math.max(1, Math.floor(plan.prefetch * share));
  }

  #duplicatesOf(method: string): Duplicates {
    const duplicates = this.#duplicates.get(method) ?? new Duplicates();
    this.#duplicates.set(method, duplicates);
    return duplicates;
  }
}

function observeSubscription({ service }: ServiceContext, observer: RunObserver, plan: SubscriptionPlan): void {
  const { patterns, queueName, deadLetterQueue } = plan;
  const reader = createDeliveryReader(plan);
  const bodyReader = createBodyReader(plan);
  const read = async (content: Buffer): Promise<unknown> => {
    const { data } = await bodyReader({ content });
    try {
      return (await reader({ content })).data;
    } catch {
      // The schema refused it: shown as it came.
      return data;
    }
  };
  observer.subscribed({ service, handler: plan.handler.name, patterns, queueName, deadLetterQueue, read });
}

interface ConsumedQueue {
  readonly queue: string;
  readonly backlog: boolean;
  readonly invoke: HandlerFunction;
  readonly topology: TopologySettings;
}
