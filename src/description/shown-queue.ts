/** Queues as they are shown to people: without the id of an instance, which is another one at each start. */
import { queueTemplateOf } from "../transports/amqp/names/queue-name.ts";
import type { SubscriptionPlan } from "../transports/amqp/options/plan.ts";

export interface NamedService {
  readonly name: string;
  readonly uuid: string;
}

/** The name of the subscription's queue; of one that each instance has for itself: `<name>.<instance>`. */
export function shownQueue({ queue, handler }: SubscriptionPlan, service: NamedService): string {
  if (!queue.perInstance) return queue.queueName;
  return `${queueTemplateOf(queue, service, handler.name)}.<instance>`;
}
