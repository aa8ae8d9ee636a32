/** All that a service needs on the broker, as data: what it declares itself, or what another tool declares for it. */
import type { ExchangeDeclaration } from "../../../amqp-client/topology.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { RetryNames, retryDelaysOf, returnParts, type TopologyPart, tierPart } from "./retry-parts.ts";
import { bindingOf, deadLetterQueueArguments, exchangeOf, noteQueueOf, queueArguments } from "./topology.ts";

export interface PlannedService {
  readonly service: string;
  readonly options: ResolvedAmqpOptions;
  readonly plans: readonly SubscriptionPlan[];
}

/** The exchange of a subscription; undefined if the broker has it predeclared. */
export function exchangePart(plan: SubscriptionPlan): TopologyPart {
  return { exchanges: [exchangeOf(plan.bindings)].filter(isGiven), queues: [], bindings: [] };
}

/** The queue of a subscription, its dead-letter queue, and its bindings: those that bring copies back among them. */
export function queuePart(plan: SubscriptionPlan, { service, options }: PlannedService): TopologyPart {
  const names = new RetryNames(service, options.naming.queueNamePrefix);
  const { queue, bindings } = plan;
  return {
    exchanges: [],
    queues: [
      { name: queue.queueName, arguments: queueArguments(plan, options) },
      { name: queue.deadLetterQueue, arguments: deadLetterQueueArguments },
      ...(bindings.leased ? [noteQueueOf(queue, options)] : []),
    ],
    bindings: [
      ...bindings.patterns.map((pattern) => bindingOf(bindings, queue.queueName, pattern, options.naming)),
      ...(retryDelaysOf(plan).length > 0 ? names.wayBack(queue) : []),
    ],
  };
}

/** What the delays of these subscriptions need; nothing without delays. */
export function retryParts({ service, options, plans }: PlannedService): readonly TopologyPart[] {
  const delaysMs = [...new Set(plans.flatMap(retryDelaysOf))].sort((one, other) => one - other);
  if (delaysMs.length === 0) return [];
  const names = new RetryNames(service, options.naming.queueNamePrefix);
  return [...returnParts(names), ...delaysMs.map((delayMs) => tierPart(names, delayMs))];
}

/** Everything, each exchange, queue and binding once. */
export function serviceTopology(planned: PlannedService): TopologyPart {
  const { plans } = planned;
  return merged([...plans.flatMap((plan) => [exchangePart(plan), queuePart(plan, planned)]), ...retryParts(planned)]);
}

export function merged(parts: readonly TopologyPart[]): TopologyPart {
  return {
    exchanges: unique(
      parts.flatMap(({ exchanges }) => exchanges),
      ({ name }) => name,
    ),
    queues: unique(
      parts.flatMap(({ queues }) => queues),
      ({ name }) => name,
    ),
    bindings: unique(
      parts.flatMap(({ bindings }) => bindings),
      ({ exchange, queue, routingKey }) => JSON.stringify([exchange, queue, routingKey]),
    ),
  };
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const first = new Map<string, T>();
  for (const item of items) if (!first.has(keyOf(item))) first.set(keyOf(item), item);
  return [...first.values()];
}

function isGiven(exchange: ExchangeDeclaration | undefined): exchange is ExchangeDeclaration {
  return exchange !== undefined;
}
