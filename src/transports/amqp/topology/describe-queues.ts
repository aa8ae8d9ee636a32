/** How many queues a service has on its broker, for the lines of a start: each quorum queue costs a node memory and files. */
import type { TopologyProfile } from "../options/options.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { delaysByItself } from "../options/queue-arguments.ts";

/** The number of queues; and what the broker itself does in them, which the handlers do not show. */
export function describeQueues(plans: readonly SubscriptionPlan[], topology: TopologyProfile): readonly string[] {
  if (plans.length === 0) return [];
  return [...plans.flatMap(describeDelays), `  ${countedQueues(plans, topology)}`];
}

function countedQueues(plans: readonly SubscriptionPlan[], topology: TopologyProfile): string {
  const delays = new Set(
    plans.flatMap(({ queue, failures }) => (queue.perInstance ? [] : (failures.retry?.delaysMs ?? []))),
  );
  const retries = delays.size;
  // With retries, one more queue receives messages whose own queue was deleted.
  const lost = retries > 0 ? 1 : 0;
  const failed = new Set(plans.map(({ queue }) => queue.deadLetterQueue)).size;
  // A schedule keeps in a queue when it was last due.
  const schedules = plans.filter(({ bindings }) => bindings.leased).length;
  const further = failed + retries + lost + schedules;
  const quorum = plans.filter(({ queue }) => queue.queueType === "quorum").length + further;
  const all = plans.length + further;
  const parts = [`${plans.length} for messages`, `${failed} for dead letters`];
  if (retries > 0) parts.push(`${retries} for retries`, `${lost} for lost retries`);
  if (schedules > 0) parts.push(`${schedules} for the last due times of schedules`);
  const later = topology === "python" ? "; dead-letter queues are created when they are first needed" : "";
  return `${all} queues, ${quorum === all ? "all" : quorum} quorum: ${parts.join(", ")}${later}`;
}

function describeDelays({ queue: { queueName, queueArguments } }: SubscriptionPlan): readonly string[] {
  if (!delaysByItself(queueArguments)) return [];
  const { "x-delayed-retry-type": type, "x-delayed-retry-min": min, "x-delayed-retry-max": max } = queueArguments;
  const times = [min !== undefined && `from ${min} ms`, max !== undefined && `to ${max} ms`].filter((part) => part);
  return [
    `  ${queueName}: the broker delays messages that return (x-delayed-retry-type "${type}"${times.map((part) => `, ${part}`).join("")})`,
  ];
}
