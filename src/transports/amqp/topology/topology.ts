/** Which exchange, queues and bindings a subscription needs, and how they are declared. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { AmqpError, replyOf } from "../../../amqp-client/errors.ts";
import {
  bindQueue,
  type DeclarationReport,
  declareExchange,
  declareQueue,
  type ExchangeDeclaration,
  type QueueDeclaration,
  unbindQueue,
} from "../../../amqp-client/topology.ts";
import type { Logger } from "../../../log/logger.ts";
import { noteQueueName } from "../names/queue-name.ts";
import { encodeRoutingKey } from "../names/routing-key.ts";
import type { BindingPlan } from "../options/binding-plan.ts";
import type { ResolvedAmqpOptions, ResolvedNaming } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import type { QueuePlan } from "../options/queue-plan.ts";
import { deliveryLimit } from "./delivery-limit.ts";

/** A note is read and requeued each time the lease changes hands; a quorum queue of RabbitMQ 4 would drop it after 20 times. */
const noteDeliveryLimit = 1_000_000_000;
/** How long the queue of an instance exists after the instance. */
const instanceQueueTtlMs = 300_000;

export interface TopologySettings {
  readonly connection: AmqpConnection;
  readonly options: ResolvedAmqpOptions;
  readonly logger: Logger;
  /** Declarations of dead-letter queues that are under way, by name: subscriptions that share one wait for the same. */
  readonly declaring: Map<string, Promise<void>>;
}

/**
 * Declares what a plan needs, in the order in which each thing depends on the last; returns the broker's answer for the queue. What
 * the service does not declare is left as it is.
 */
export async function declareTopology(plan: SubscriptionPlan, settings: TopologySettings): Promise<DeclarationReport> {
  const report = await declareTopologyAgain(plan, settings);
  const isAlone = settings.options.topology.profile === "python" && plan.queue.perInstance;
  if (isAlone && (report.consumerCount ?? 0) > 0) throw alreadyConsumed(plan);
  return report;
}

/** The same once the service consumes: a consumer of the queue is its own then. */
export async function declareTopologyAgain(
  plan: SubscriptionPlan,
  settings: TopologySettings,
): Promise<DeclarationReport> {
  const { connection, options } = settings;
  const { queue, bindings } = plan;
  const { queueName } = queue;
  const { patterns, previousPatterns } = bindings;
  const isOurs = queue.declare === true;
  const exchange = bindings.declare === true ? exchangeOf(bindings) : undefined;
  const [, , , report] = await Promise.all([
    exchange && declareOwnExchange(exchange, settings),
    isOurs && options.topology.profile === "reliable" ? declareDeadLetterQueue(queue, settings) : undefined,
    isOurs && bindings.leased ? declareNoteQueue(queue, settings) : undefined,
    isOurs ? declareMainQueue(plan, settings) : lookAtQueue(queue, connection),
  ]);
  // The declarer of the queue also binds it.
  if (!isOurs) return report;
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

/**
 * Of every queue that keeps dead letters: durable, and without anything that would lose a message again. The overflow is there for
 * limits that an operator's policy sets: an argument wins over a policy, so a full queue refuses the next copy, and drops nothing.
 */
export const deadLetterQueueArguments = { "x-queue-type": "quorum", "x-overflow": "reject-publish" } as const;

/** The queue for what failed. Subscriptions may share it: those that ask while it is being declared get the same answer. */
export function declareDeadLetterQueue(
  { deadLetterQueue: name }: Pick<SubscriptionPlan["queue"], "deadLetterQueue">,
  { connection, options, logger, declaring }: TopologySettings,
): Promise<void> {
  const underWay = declaring.get(name);
  if (underWay) return underWay;
  const declaration = { name, arguments: deadLetterQueueArguments };
  const declared = declareQueue(connection, declaration, { strict: options.topology.strict })
    .then((report) => warn(logger, report))
    .finally(() => declaring.delete(name));
  declaring.set(name, declared);
  return declared;
}

/** The queue of a leased queue's note: only the latest one stays in it. */
export function noteQueueOf({ queueName, queueType }: QueuePlan, { topology }: ResolvedAmqpOptions): QueueDeclaration {
  const latest = { "x-max-length": 1, "x-overflow": "drop-head" };
  const name = noteQueueName(queueName);
  if (topology.profile === "python") return { name, arguments: latest };
  const limit = queueType === "quorum" ? { "x-delivery-limit": noteDeliveryLimit } : {};
  return { name, arguments: { "x-queue-type": queueType, ...latest, ...limit } };
}

async function declareNoteQueue(queue: QueuePlan, { connection, options, logger }: TopologySettings): Promise<void> {
  const note = noteQueueOf(queue, options);
  warn(logger, await declareQueue(connection, note, { strict: options.topology.strict }));
}

/** How a pattern is written in the broker. */
export function bindingOf(
  { exchangeName }: BindingPlan,
  queue: string,
  pattern: string,
  { routingKeyPrefix }: ResolvedNaming,
): { readonly exchange: string; readonly queue: string; readonly routingKey: string } {
  return { exchange: exchangeName, queue, routingKey: encodeRoutingKey(pattern, routingKeyPrefix) };
}

/**
 * The arguments of a subscription's queue, with those of the team's own, none of which is one of ours. Nothing here depends on
 * retries, prefetch, concurrency or timeouts.
 */
export function queueArguments(
  { queue, runs }: Pick<SubscriptionPlan, "queue" | "runs">,
  options: ResolvedAmqpOptions,
): Record<string, unknown> {
  const { reply } = runs;
  const expires = queue.queueTtl > 0 ? { "x-expires": queue.queueTtl * 1000 } : {};
  const chosen = {
    ...(queue.singleActive && { "x-single-active-consumer": true }),
    // A quorum queue has its priorities without an argument, and refuses this one.
    ...(queue.maxPriority > 0 && queue.queueType === "classic" && { "x-max-priority": queue.maxPriority }),
    ...queue.queueArguments,
  };
  if (options.topology.profile === "python") return { ...expires, ...chosen };
  // A request expires when its caller waits no longer: a dead-letter exchange would keep each expired one.
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

/**
 * `amq.topic` exists in every broker; any other name is declared, so that a wrong type or a reserved name fails the start.
 * Without a name nothing is bound.
 */
export function exchangeOf({ exchangeName: name, exchangeType: type }: BindingPlan): ExchangeDeclaration | undefined {
  return name === "amq.topic" || name === "" ? undefined : { name, type, durable: true };
}

async function declareOwnExchange(
  exchange: ExchangeDeclaration,
  { connection, options, logger }: TopologySettings,
): Promise<void> {
  warn(logger, await declareExchange(connection, exchange, { strict: options.topology.strict }));
}

/** What is in a queue that the service does not declare. With `false` nothing is checked, and nothing is known. */
async function lookAtQueue({ queueName, declare }: QueuePlan, connection: AmqpConnection): Promise<DeclarationReport> {
  const unknown = { existing: true, dropped: [] };
  if (declare === false) return unknown;
  try {
    return { ...unknown, ...(await connection.withChannel((channel) => channel.checkQueue(queueName))) };
  } catch (error) {
    const { replyCode } = replyOf(error);
    // RabbitMQ requires a permission since 4.2.6, which this login may not have.
    if (replyCode === 403) return unknown;
    throw replyCode === 404 ? missingQueue(queueName, error) : error;
  }
}

async function declareMainQueue(plan: SubscriptionPlan, settings: TopologySettings): Promise<DeclarationReport> {
  const { connection, options, logger } = settings;
  const declaration = { name: plan.queue.queueName, arguments: queueArguments(plan, options) };
  const report = await declareQueue(connection, declaration, { strict: options.topology.strict });
  warn(logger, report);
  return report;
}

function warn(logger: Logger, { warning }: DeclarationReport): void {
  if (warning) logger.warn(warning);
}

/** For a queue that the service does not declare. */
function missingQueue(name: string, cause: unknown): AmqpError {
  return new AmqpError(
    "ERR_AMQP_TOPOLOGY_MISSING",
    `The queue "${name}" does not exist, and the service does not declare it (declare: "verify"). Create it: \`tomodachi topology <service>\` prints how. Or let the service declare it (declare: true).`,
    { cause },
  );
}

function alreadyConsumed(plan: SubscriptionPlan): AmqpError {
  return new AmqpError(
    "ERR_AMQP_TOO_MANY_CONSUMERS",
    `${plan.handler.label}: the queue "${plan.queue.queueName}" has a consumer already, and the subscription is not competing (python profile), so both consumers would share the messages. Stop the other instance, give this one its own uuid, or set competing: true.`,
  );
}
