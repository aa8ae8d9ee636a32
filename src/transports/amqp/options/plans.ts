/** The plans of a service's subscriptions: handlers are added one by one, and equal decorators of one method share a queue. */
import { isDeepStrictEqual } from "node:util";
import { AmqpError } from "../../../amqp-client/errors.ts";
import type { Handler } from "../../../service/handler.ts";
import { createPlan } from "./create-plan.ts";
import type { PlanningService, SubscriptionPlan } from "./plan.ts";
import type { AmqpTrigger } from "./trigger.ts";

/** Adds a handler's subscription to the plans: a new one, or further patterns of one that has equal options. */
export function addToPlans(plans: SubscriptionPlan[], handler: Handler<AmqpTrigger>, service: PlanningService): void {
  const plan = createPlan(handler, service);
  const shared = plans.find((other) => sharesQueue(other, plan, service));
  if (shared) {
    shared.bindings.patterns.push(...plan.bindings.patterns);
    shared.bindings.templates.push(...plan.bindings.templates);
    return;
  }
  const { queueName } = plan.queue;
  const clash = plans.find((other) => other.queue.queueName === queueName);
  if (clash && service.options.topology.profile === "reliable") {
    throw new AmqpError(
      "ERR_AMQP_QUEUE_SHARED",
      `${handler.label} and ${clash.handler.label} both consume the queue "${queueName}": each message would reach only one of them. Give one of them another queueName, or give decorators of one method equal options.`,
    );
  }
  plans.push(plan);
}

/** Decorators of one method with equal options make one queue with several bindings. */
function sharesQueue(other: SubscriptionPlan, plan: SubscriptionPlan, service: PlanningService): boolean {
  if (other.handler.name !== plan.handler.name) return false;
  if (!isDeepStrictEqual(other.handler.options.options, plan.handler.options.options)) return false;
  // Python derives a queue from each pattern, unless it is named.
  return service.options.topology.profile === "reliable" || other.queue.queueName === plan.queue.queueName;
}
