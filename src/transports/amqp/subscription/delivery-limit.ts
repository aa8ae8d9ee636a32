/**
 * How often a quorum queue delivers a message, and when the framework puts one aside itself because the broker would drop it:
 * a queue that answers requests has no dead-letter exchange (docs/decisions/0035).
 */
import { DeliveryLimitError } from "../../../service/outcome.ts";
import type { SubscriptionPlan } from "../plan.ts";

/** RabbitMQ's own limit of redeliveries on quorum queues since 4.0, written down so that older brokers keep it too. */
export const deliveryLimit = 20;

/** So many before the limit: what is given back while the message waits alone, or is cut off from its copy, counts too. */
const margin = 5;

/** The `x-delivery-count` from which on a message is not run any more; undefined where the broker itself puts it aside. */
export function lastDeliveryCountOf({
  reply,
  queueType,
}: Pick<SubscriptionPlan, "reply" | "queueType">): number | undefined {
  return reply && queueType === "quorum" ? deliveryLimit - margin : undefined;
}

/** @throws ERR_DELIVERY_LIMIT from that count on */
export function refuseSpent(deliveryCount: number, last: number): void {
  if (deliveryCount >= last) throw new DeliveryLimitError(deliveryCount, deliveryLimit);
}
