/** Which exchange, queues and bindings a subscription needs, and how they are declared. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { AmqpError } from "../../../amqp-client/errors.ts";
import { findMissing } from "../../../amqp-client/find-missing.ts";
import {
  bindQueue,
  type DeclarationReport,
  declareExchange,
  declareQueue,
  unbindQueue,
} from "../../../amqp-client/topology.ts";
import type { Logger } from "../../../log/logger.ts";
import { encodeRoutingKey } from "../names/routing-key.ts";
import type { BindingPlan } from "../options/binding-plan.ts";
import type { ResolvedAmqpOptions, ResolvedNaming } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { deliveryLimit } from "./delivery-limit.ts";

/** How long the queue of an instance outlives it. */
const instanceQueueTtlMs = 300_000;

export interface TopologySettings {
  readonly connection: AmqpConnection;
  readonly options: ResolvedAmqpOptions;
  readonly logger: Logger;
}

/** Declares what a plan needs, in the order in which each thing depends on the last; returns what the broker said of the queue. */
export async function declareTopology(plan: SubscriptionPlan, settings: TopologySettings): Promise<DeclarationReport> {
  const { connection, options } = settings;
  const { queue, bindings } = plan;
  const { queueName } = queue;
  const { patterns, previousPatterns } = bindings;
  const [, , report] = await Promise.all([
    declaresExchange(bindings.exchangeName) ? declareOwnExchange(bindings, settings) : undefined,
    options.topology.profile === "reliable" ? declareDeadLetterQueue(plan, settings) : undefined,
    declareMainQueue(plan, settings),
  ]);
  if (queue.alone && (report.consumerCount ?? 0) > 0) throw alreadyConsumed(plan);
  await Promise.all(
    patterns.map((pattern) => bindQueue(connection, bindingOf(bindings, queueName, pattern, options.naming))),
  );
  await Promise.all(
    previousPatterns
      .filter((pattern) => !patterns.includes(pattern))
      .map((pattern) => unbindQueue(connection, bindingOf(bindings, queueName, pattern, options.naming))),
  );
  return report;
}

/** The same once the service consumes: a consumer of the queue is its own then. */
export function declareTopologyAgain(plan: SubscriptionPlan, settings: TopologySettings): Promise<DeclarationReport> {
  return declareTopology({ ...plan, queue: { ...plan.queue, alone: false } }, settings);
}

/**
 * After a connection was lost: a broker that came back empty gets everything again. One that kept what it had answers a question
 * for each queue, on one channel; declaring it all would hold up publishes for as long as a start takes.
 */
export async function declareWhatIsMissing(
  plans: readonly SubscriptionPlan[],
  settings: TopologySettings,
): Promise<void> {
  const exchanges = new Set(plans.map(({ bindings }) => bindings.exchangeName));
  const names = { exchanges: [...exchanges], queues: plans.map(({ queue }) => queue.queueName) };
  const { missing } = await findMissing(settings.connection, names, { stopAtFirst: true });
  if (missing.exchanges.length + missing.queues.length === 0) return;
  await Promise.all(plans.map((plan) => declareTopologyAgain(plan, settings)));
}

/**
 * Of every queue that keeps dead letters: durable, and without anything that would lose a message again. The overflow is there for
 * limits that an operator's policy sets: an argument wins over a policy, so a full queue refuses the next copy, and drops nothing.
 */
export const deadLetterQueueArguments = { "x-queue-type": "quorum", "x-overflow": "reject-publish" } as const;

/** The queue for what failed. */
export async function declareDeadLetterQueue(plan: SubscriptionPlan, settings: TopologySettings): Promise<void> {
  const { connection, options, logger } = settings;
  const declaration = { name: plan.queue.deadLetterQueue, arguments: deadLetterQueueArguments };
  warn(logger, await declareQueue(connection, declaration, { strict: options.topology.strict }));
}

/** How a pattern stands in the broker. */
export function bindingOf(
  { exchangeName }: BindingPlan,
  queue: string,
  pattern: string,
  { routingKeyPrefix }: ResolvedNaming,
): { readonly exchange: string; readonly queue: string; readonly routingKey: string } {
  return { exchange: exchangeName, queue, routingKey: encodeRoutingKey(pattern, routingKeyPrefix) };
}

/** The arguments of a subscription's queue; nothing here depends on retries, prefetch, concurrency or timeouts. */
export function queueArguments(
  { queue, runs }: Pick<SubscriptionPlan, "queue" | "runs">,
  options: ResolvedAmqpOptions,
): Record<string, unknown> {
  const { reply } = runs;
  const expires = queue.queueTtl > 0 ? { "x-expires": queue.queueTtl * 1000 } : {};
  const chosen = {
    ...(queue.singleActive && { "x-single-active-consumer": true }),
    ...(queue.maxPriority > 0 && { "x-max-priority": queue.maxPriority }),
  };
  if (options.topology.profile === "python") return { ...expires, ...chosen };
  // A request expires when its caller waits no longer: a dead-letter exchange would keep each such one.
  const deadLetters = {
    ...(!reply && { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue.deadLetterQueue }),
    "x-overflow": "reject-publish",
  };
  if (queue.perInstance) {
    const ttl = queue.queueTtl > 0 ? queue.queueTtl * 1000 : instanceQueueTtlMs;
    return { "x-queue-type": "classic", "x-expires": ttl, ...chosen };
  }
  if (queue.queueType === "classic") return { "x-queue-type": "classic", ...deadLetters, ...expires, ...chosen };
  return {
    "x-queue-type": "quorum",
    ...deadLetters,
    ...(!reply && { "x-dead-letter-strategy": "at-least-once" }),
    "x-delivery-limit": deliveryLimit,
    ...expires,
    ...chosen,
  };
}

async function declareOwnExchange(
  { exchangeName: name, exchangeType: type }: BindingPlan,
  { connection, options, logger }: TopologySettings,
): Promise<void> {
  const exchange = { name, type, durable: true };
  warn(logger, await declareExchange(connection, exchange, { strict: options.topology.strict }));
}

async function declareMainQueue(plan: SubscriptionPlan, settings: TopologySettings): Promise<DeclarationReport> {
  const { connection, options, logger } = settings;
  const declaration = { name: plan.queue.queueName, arguments: queueArguments(plan, options) };
  const report = await declareQueue(connection, declaration, { strict: options.topology.strict });
  warn(logger, report);
  return report;
}

/** `amq.topic` stands in every broker; any other name is declared, so that a wrong type or a reserved name is told at the start. */
function declaresExchange(name: string): boolean {
  return name !== "amq.topic";
}

function warn(logger: Logger, { warning }: DeclarationReport): void {
  if (warning) logger.warn(warning);
}

function alreadyConsumed(plan: SubscriptionPlan): AmqpError {
  return new AmqpError(
    "ERR_AMQP_TOO_MANY_CONSUMERS",
    `${plan.handler.label}: the queue "${plan.queue.queueName}" has a consumer already, and the subscription is not competing (python profile): its messages would be split. Stop the other instance, give this one a uuid of its own, or set competing: true.`,
  );
}
