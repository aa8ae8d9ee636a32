/** Whether the broker may delete a queue while its consumer is paused. */
import type { QueuePlan } from "../options/queue-plan.ts";
import { everyMs } from "../topology/topology-watch.ts";

/** A look (`watchWhilePaused`) renews a classic queue, where it comes in time. RabbitMQ renews a quorum queue for consumers only. */
export function expiresWhilePaused({
  queueTtl,
  queueType,
  declare,
}: Pick<QueuePlan, "queueTtl" | "queueType" | "declare">): boolean {
  return queueTtl > 0 && (queueType === "quorum" || declare === false || queueTtl * 1000 <= everyMs);
}
