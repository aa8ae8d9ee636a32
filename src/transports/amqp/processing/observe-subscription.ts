/** Informs the observers of a run about a subscription, and how the bodies of its messages are read. */
import type { ServiceContext } from "../../../service/transport.ts";
import { createBodyReader } from "../contracts/read-body.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { createDeliveryReader } from "./read-delivery.ts";

/** Call it when the queue is declared and bound. */
export function observeSubscription({ observer, service, clock }: ServiceContext, plan: SubscriptionPlan): void {
  if (!observer?.subscribed) return;
  const { patterns } = plan.bindings;
  const { queueName, deadLetterQueue } = plan.queue;
  const reader = createDeliveryReader(plan, clock);
  const bodyReader = createBodyReader(plan.reading);
  const read = async (message: Parameters<typeof reader>[0]): Promise<unknown> => {
    const { data } = await bodyReader(message);
    try {
      return (await reader(message)).data;
    } catch {
      // The schema refused it: shown unchanged.
      return data;
    }
  };
  observer.subscribed({ service, handler: plan.handler.name, patterns, queueName, deadLetterQueue, read });
}
