/** Whether a message with this routing key reaches a handler by the handler's own bindings. */
import { topicMatches } from "../transports/amqp/names/topic-pattern.ts";
import type { BindingPlan } from "../transports/amqp/options/binding-plan.ts";

/** The key without prefix, decoded. A headers exchange ignores keys, so any message may come from it. */
export function isReachedBy(
  { patterns, exchangeType }: Pick<BindingPlan, "patterns" | "exchangeType">,
  routingKey: string,
): boolean {
  if (exchangeType === "topic") return patterns.some((pattern) => topicMatches(pattern, routingKey));
  return exchangeType === "direct" ? patterns.includes(routingKey) : patterns.length > 0;
}
