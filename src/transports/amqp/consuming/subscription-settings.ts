/** What a subscription is made of, and what it hands on of that. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { Logger } from "../../../log/logger.ts";
import type { ServiceInstance } from "../../../service/instance.ts";
import type { RunObserver } from "../../../service/observer.ts";
import type { Clock } from "../../../util/clock.ts";
import { queueTemplateOf } from "../names/queue-name.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { serverOf } from "../outbound/watched-message.ts";
import type { ContextSource } from "../processing/delivery-context.ts";
import type { DuplicateGuard } from "../processing/duplicates.ts";
import type { HandlerCall } from "../processing/handler-call.ts";
import { createDeliveryWatch, type DeliveryWatch } from "../processing/observed-delivery.ts";
import type { Processing } from "../processing/process-delivery.ts";
import type { DeadLetterWatch } from "../settlement/dead-letter-watch.ts";
import type { RetryTiers } from "../topology/retry-tiers.ts";
import type { AskedPauses } from "./asked-pauses.ts";
import type { ConcurrencyLimiter } from "./concurrency-limiter.ts";

export interface SubscriptionSettings {
  readonly plan: SubscriptionPlan;
  readonly service: ServiceInstance;
  readonly options: ResolvedAmqpOptions;
  /** The queue to consume: the plan's, or a previous one. */
  readonly queue: string;
  /** What the broker may hand over: the plan's prefetch, cut to the process's share. */
  readonly prefetch: number;
  /** Messages stand in the queue already. */
  readonly backlog: boolean;
  readonly call: HandlerCall;
  readonly duplicates: DuplicateGuard;
  readonly deadLetters: DeadLetterWatch;
  readonly limiter: ConcurrencyLimiter;
  readonly pauses: Pick<AskedPauses, "reasonOf">;
  readonly connection: AmqpConnection;
  readonly publisher: Publisher;
  readonly retryTiers: RetryTiers;
  readonly logger: Logger;
  /** Aborts when a shutdown has waited long enough. */
  readonly abort: AbortSignal;
  readonly clock: Clock;
  readonly observer: RunObserver | undefined;
  redeclare(): Promise<void>;
  /** False where somebody else declares it. */
  declareDeadLetterQueue(): Promise<boolean>;
}

/** What the contexts of all its runs share. */
export function contextSource(settings: SubscriptionSettings): ContextSource {
  const { service, logger, plan, queue, options, retryTiers } = settings;
  const { routingKeyPrefix } = options.naming;
  const { returnExchange } = retryTiers;
  const { patterns, templates } = plan.bindings;
  const countsDeliveries = plan.queue.queueType === "quorum";
  return { service, logger, patterns, templates, queueName: queue, routingKeyPrefix, returnExchange, countsDeliveries };
}

/** Begins to watch each delivery; undefined while nobody does. */
export function deliveryWatch(settings: SubscriptionSettings, source: ContextSource): DeliveryWatch | undefined {
  const { observer, plan, connection, queue, service } = settings;
  const queueTemplate =
    queue === plan.queue.queueName ? queueTemplateOf(plan.queue, service, plan.handler.name) : queue;
  const server = () => serverOf(connection);
  return createDeliveryWatch({ observer, handler: plan.handler.name, queueTemplate, source, server });
}

/** Tells whoever watches the run; undefined while nobody does. */
export function settlementObserver(settings: SubscriptionSettings): Processing["observeSettled"] {
  const { observer, service, plan } = settings;
  if (!observer?.settled) return undefined;
  const handler = plan.handler.name;
  return (context, outcome) => observer.settled?.({ service, handler, context, outcome });
}
