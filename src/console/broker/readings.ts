/** Finds the handler that reads a message: the handler of its queue, or one that accepts its routing key. */
import type { Service } from "../../service/service.ts";
import { topicMatches } from "../../transports/amqp/names/topic-pattern.ts";
import type { BodyReading } from "./body-view.ts";
import type { PlannedSubscription } from "./planned-services.ts";

export interface MessagePlace {
  readonly queue: string | undefined;
  readonly exchange: string | undefined;
  /** The routing key, decoded, with its prefix if it has one. */
  readonly routingKey: string | undefined;
}

/** The subscription that a message is for; undefined if none of these accepts it. */
export function subscriptionFor(
  place: MessagePlace,
  subscriptions: readonly PlannedSubscription[],
): PlannedSubscription | undefined {
  return subscriptionsFor(place, subscriptions)[0];
}

/** The subscription of its queue. If the queue belongs to none of these services, all subscriptions that accept its routing key. */
export function subscriptionsFor(
  { queue, exchange, routingKey }: MessagePlace,
  subscriptions: readonly PlannedSubscription[],
): readonly PlannedSubscription[] {
  const own = subscriptions.filter(({ plan }) => plan.queue.queueName === queue);
  if (own.length > 0 || routingKey === undefined) return own;
  return subscriptions.filter(({ plan: { bindings }, options }) => {
    if (exchange !== undefined && exchange !== bindings.exchangeName) return false;
    const { routingKeyPrefix: prefix } = options.naming;
    const key = routingKey.startsWith(prefix) ? routingKey.slice(prefix.length) : routingKey;
    return bindings.patterns.some((pattern) => topicMatches(pattern, key));
  });
}

/** How the body is read. A published message that no handler here accepts is in the envelope of its service. */
export function readingFor(
  place: MessagePlace,
  subscriptions: readonly PlannedSubscription[],
  sender: Service | undefined,
): BodyReading {
  const { plan } = subscriptionFor(place, subscriptions) ?? {};
  if (plan) return plan.reading;
  if (!sender) return undefined;
  return { envelope: sender.messageEnvelope ?? null, parserOptions: {}, schema: undefined };
}
