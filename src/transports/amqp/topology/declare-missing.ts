/** Declares what is missing on a broker that was lost and came back. */
import { bindQueues } from "../../../amqp-client/bind-queues.ts";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { findMissing } from "../../../amqp-client/find-missing.ts";
import type { Binding } from "../../../amqp-client/topology.ts";
import { createSilentLogger } from "../../../log/logger.ts";
import { noteQueueName } from "../names/queue-name.ts";
import type { ResolvedAmqpOptions, ResolvedNaming } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { bindingOf, declareTopologyAgain, type TopologySettings } from "./topology.ts";

/**
 * After a connection was lost: if the broker is empty now, everything is declared again. If it kept its queues, one channel asks
 * for each queue and makes each binding again: to declare everything would delay publishes as long as a start takes. AMQP cannot
 * ask for bindings, and a queue may exist that its consumer has declared again but not bound yet.
 */
export async function declareWhatIsMissing(
  plans: readonly SubscriptionPlan[],
  connection: AmqpConnection,
  options: ResolvedAmqpOptions,
): Promise<void> {
  // What there is to say about the topology was said at the start.
  const settings: TopologySettings = { connection, options, logger: createSilentLogger(), declaring: new Map() };
  const bound = plans.filter(({ bindings }) => !bindings.leased);
  const exchanges = bound.flatMap(({ bindings }) => (bindings.declare === true ? bindings.exchangeName : []));
  const queues = plans.flatMap((plan) => (plan.queue.declare === true ? keptQueues(plan) : []));
  const names = { exchanges: [...new Set(exchanges)], queues };
  const { missing } = await findMissing(connection, names, { stopAtFirst: true });
  if (missing.exchanges.length + missing.queues.length === 0) {
    await bindQueues(connection, bindingsOf(plans, options.naming), () => {});
    return;
  }
  const ours = plans.filter(({ queue, bindings }) => queue.declare === true || bindings.declare === true);
  await Promise.all(ours.map((plan) => declareTopologyAgain(plan, settings)));
}

/** The bindings of the queues that the service declares. */
function bindingsOf(plans: readonly SubscriptionPlan[], naming: ResolvedNaming): readonly Binding[] {
  return plans
    .filter(({ queue }) => queue.declare === true)
    .flatMap(({ queue: { queueName }, bindings }) =>
      bindings.patterns.map((pattern) => bindingOf(bindings, queueName, pattern, naming)),
    );
}

/** The queue, and the one of its note. */
function keptQueues({ queue: { queueName }, bindings }: SubscriptionPlan): readonly string[] {
  return bindings.leased ? [queueName, noteQueueName(queueName)] : [queueName];
}
