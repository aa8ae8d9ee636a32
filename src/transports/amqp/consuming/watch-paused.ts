/** The broker informs a consumer when its queue is deleted, but not while the consumer is paused. So the queue is checked. */
import type { QueuePlan } from "../options/queue-plan.ts";
import type { TopologyWatch } from "../topology/topology-watch.ts";
import type { Subscription } from "./subscription.ts";

/** A look also renews a classic queue that expires. */
export function watchWhilePaused(
  subscription: Subscription,
  { queueName, declare }: QueuePlan,
  watch: Pick<TopologyWatch, "add">,
): void {
  if (declare === false) return;
  watch.add(`${subscription.handler} paused: ${queueName}`, {
    exchanges: [],
    get queues() {
      return subscription.isPaused ? [queueName] : [];
    },
    consequence: "The messages that were in it were deleted with it.",
    restore: declare === true ? () => subscription.redeclare() : undefined,
  });
}
