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
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { QueuePlan, RunPlan, SubscriptionPlan } from "../options/plan.ts";
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
  const [, , report] = await Promise.all([
    declaresExchange(plan.exchangeName) ? declareOwnExchange(plan, settings) : undefined,
    options.topology === "reliable" ? declareDeadLetterQueue(plan, settings) : undefined,
    declareMainQueue(plan, settings),
  ]);
  if (plan.alone && (report.consumerCount ?? 0) > 0) throw alreadyConsumed(plan);
  await Promise.all(
    plan.patterns.map((pattern) => bindQueue(connection, bindingOf(plan, plan.queueName, pattern, options))),
  );
  await Promise.all(
    plan.previousPatterns
      .filter((pattern) => !plan.patterns.includes(pattern))
      .map((pattern) => unbindQueue(connection, bindingOf(plan, plan.queueName, pattern, options))),
  );
  return report;
}

/**
 * After a connection was lost: a broker that came back empty gets everything again. One that kept what it had answers a question
 * for each queue, on one channel; declaring it all would hold up publishes for as long as a start takes.
 */
export async function declareWhatIsMissing(
  plans: readonly SubscriptionPlan[],
  settings: TopologySettings,
): Promise<void> {
  const exchanges = new Set(plans.map(({ exchangeName }) => exchangeName));
  const names = { exchanges: [...exchanges], queues: plans.map(({ queueName }) => queueName) };
  const { missing } = await findMissing(settings.connection, names, { stopAtFirst: true });
  if (missing.exchanges.length + missing.queues.length === 0) return;
  await Promise.all(plans.map((plan) => declareTopology({ ...plan, alone: false }, settings)));
}

/**
 * Of every queue that keeps dead letters: durable, and without anything that would lose a message again. The overflow is there for
 * limits that an operator's policy sets: an argument wins over a policy, so a full queue refuses the next copy, and drops nothing.
 */
export const deadLetterQueueArguments = { "x-queue-type": "quorum", "x-overflow": "reject-publish" } as const;

/** The queue for what failed. */
export async function declareDeadLetterQueue(plan: SubscriptionPlan, settings: TopologySettings): Promise<void> {
  const { connection, options, logger } = settings;
  const declaration = { name: plan.deadLetterQueue, arguments: deadLetterQueueArguments };
  warn(logger, await declareQueue(connection, declaration, { strict: options.strictTopology }));
}

/** How a pattern stands in the broker. */
export function bindingOf(
  plan: SubscriptionPlan,
  queue: string,
  pattern: string,
  options: ResolvedAmqpOptions,
): { readonly exchange: string; readonly queue: string; readonly routingKey: string } {
  return { exchange: plan.exchangeName, queue, routingKey: encodeRoutingKey(pattern, options.routingKeyPrefix) };
}

/** The arguments of a subscription's queue; nothing here depends on retries, prefetch, concurrency or timeouts. */
export function queueArguments(
  plan: QueuePlan & Pick<RunPlan, "reply">,
  options: ResolvedAmqpOptions,
): Record<string, unknown> {
  const expires = plan.queueTtl > 0 ? { "x-expires": plan.queueTtl * 1000 } : {};
  const chosen = {
    ...(plan.singleActive && { "x-single-active-consumer": true }),
    ...(plan.maxPriority > 0 && { "x-max-priority": plan.maxPriority }),
  };
  if (options.topology === "python") return { ...expires, ...chosen };
  // A request expires when its caller waits no longer: a dead-letter exchange would keep each such one.
  const deadLetters = {
    ...(!plan.reply && { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": plan.deadLetterQueue }),
    "x-overflow": "reject-publish",
  };
  if (plan.perInstance) {
    const ttl = plan.queueTtl > 0 ? plan.queueTtl * 1000 : instanceQueueTtlMs;
    return { "x-queue-type": "classic", "x-expires": ttl, ...chosen };
  }
  if (plan.queueType === "classic") return { "x-queue-type": "classic", ...deadLetters, ...expires, ...chosen };
  return {
    "x-queue-type": "quorum",
    ...deadLetters,
    ...(!plan.reply && { "x-dead-letter-strategy": "at-least-once" }),
    "x-delivery-limit": deliveryLimit,
    ...expires,
    ...chosen,
  };
}

async function declareOwnExchange(
  plan: SubscriptionPlan,
  { connection, options, logger }: TopologySettings,
): Promise<void> {
  const exchange = { name: plan.exchangeName, type: plan.exchangeType, durable: true };
  warn(logger, await declareExchange(connection, exchange, { strict: options.strictTopology }));
}

async function declareMainQueue(plan: SubscriptionPlan, settings: TopologySettings): Promise<DeclarationReport> {
  const { connection, options, logger } = settings;
  const declaration = { name: plan.queueName, arguments: queueArguments(plan, options) };
  const report = await declareQueue(connection, declaration, { strict: options.strictTopology });
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
    `${plan.handler.label}: the queue "${plan.queueName}" has a consumer already, and the subscription is not competing (python profile): its messages would be split. Stop the other instance, give this one a uuid of its own, or set competing: true.`,
  );
}
