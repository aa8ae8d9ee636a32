/** What a service has on one broker: exchanges, queues and bindings, those for retries and dead letters among them. */
import { describeEndpoint } from "../amqp-client/options.ts";
import type { QueueDeclaration } from "../amqp-client/topology.ts";
import { noteQueueName } from "../transports/amqp/names/queue-name.ts";
import { defaultConnection } from "../transports/amqp/options/options.ts";
import type { ServicePlans } from "../transports/amqp/service-plans.ts";
import { RetryNames, retryDelaysOf } from "../transports/amqp/topology/retry-parts.ts";
import { serviceTopology } from "../transports/amqp/topology/service-topology.ts";
import type { ConnectionDescription, QueueDescription, QueuePurpose } from "./service-description.ts";
import { type NamedService, shownQueue } from "./shown-queue.ts";

export function describeConnection(service: NamedService, planned: ServicePlans): ConnectionDescription {
  const { options, plans } = planned;
  const { exchanges, queues, bindings } = serviceTopology({ service: service.name, options, plans });
  const shown = new Map(plans.map((plan) => [plan.queue.queueName, shownQueue(plan, service)]));
  const purposes = purposesOf(service.name, planned);
  const ofInstances = new Set(plans.filter(({ queue }) => queue.perInstance).map(({ queue }) => queue.queueName));
  return {
    name: options.name ?? defaultConnection,
    address: describeEndpoint(options.connection),
    exchanges: exchanges.map(({ name, type }) => ({ name, type })),
    queues: queues.map((queue) => ({
      name: shown.get(queue.name) ?? queue.name,
      purpose: purposes.get(queue.name) ?? "messages",
      type: typeOf(queue),
      perInstance: ofInstances.has(queue.name),
      arguments: queue.arguments,
    })),
    bindings: bindings.map((binding) => ({ ...binding, queue: shown.get(binding.queue) ?? binding.queue })),
  };
}

/** Those of handlers are in no list: what is left. */
function purposesOf(service: string, { options, plans }: ServicePlans): ReadonlyMap<string, QueuePurpose> {
  const names = new RetryNames(service, options.naming.queueNamePrefix);
  const purposes = new Map<string, QueuePurpose>([[names.lostQueue, "lost retries"]]);
  for (const plan of plans) {
    purposes.set(plan.queue.deadLetterQueue, "dead letters");
    for (const delayMs of retryDelaysOf(plan)) purposes.set(names.tier(delayMs), "retries");
    if (plan.bindings.leased) purposes.set(noteQueueName(plan.queue.queueName), "note of a schedule");
  }
  return purposes;
}

/** Without an argument it is the default of the virtual host, which is classic unless an operator changed it. */
function typeOf({ arguments: { "x-queue-type": type } }: QueueDeclaration): QueueDescription["type"] {
  return type === "quorum" ? "quorum" : "classic";
}
