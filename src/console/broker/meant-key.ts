/** "Did you mean ...?" for a publish by hand that reached no queue. */
import { meantKey } from "../../transports/amqp/names/similar-key.ts";
import type { PublishAnswer } from "./console-publish.ts";
import type { PlannedSubscription } from "./planned-services.ts";

/** A similar key that a handler gets from this exchange. */
export function meantKeyOf(
  { routingKey, exchange }: Pick<PublishAnswer, "routingKey" | "exchange">,
  subscriptions: readonly PlannedSubscription[],
): string | undefined {
  return meantKey(
    routingKey,
    exchange,
    subscriptions.map(({ plan }) => plan.bindings),
  );
}
