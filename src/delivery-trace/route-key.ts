/** Which handlers of services a routing key reaches, from what they declare. No broker is asked. */
import { encodeRoutingKey } from "../transports/amqp/names/routing-key.ts";
import { meantKey } from "../transports/amqp/names/similar-key.ts";
import type { ResolvedAmqpOptions } from "../transports/amqp/options/options.ts";
import type { SubscriptionPlan } from "../transports/amqp/options/plan.ts";
import { type KeyMatch, matchKey } from "./match-key.ts";
import type { MissedHandler } from "./trace.ts";

/** What one service consumes by one connection. */
export interface RoutedService {
  readonly service: string;
  readonly options: ResolvedAmqpOptions;
  readonly plans: readonly SubscriptionPlan[];
}

/** A message as a service publishes it. */
export interface RoutedMessage {
  readonly exchange: string;
  readonly onTheWire: string;
}

export interface MatchedPlan {
  readonly service: string;
  readonly plan: SubscriptionPlan;
  readonly by: string;
}

export interface Routes {
  readonly matched: readonly MatchedPlan[];
  readonly missed: readonly MissedHandler[];
}

/** How the service would publish it: with its prefix, to its exchange unless another is named. */
export function routedMessage(
  routingKey: string,
  { naming }: ResolvedAmqpOptions,
  exchange: string | undefined,
): RoutedMessage {
  return {
    exchange: exchange ?? naming.exchangeName,
    onTheWire: encodeRoutingKey(routingKey, naming.routingKeyPrefix),
  };
}

export function routesOf({ exchange, onTheWire }: RoutedMessage, services: readonly RoutedService[]): Routes {
  const matched: MatchedPlan[] = [];
  const missed: MissedHandler[] = [];
  for (const { service, options, plans } of services) {
    for (const plan of plans.filter(({ bindings }) => !bindings.leased)) {
      const { bindings, queue, handler } = plan;
      const matches = bindings.patterns.map((pattern) =>
        matchKey(bindings.exchangeType, encodeRoutingKey(pattern, options.naming.routingKeyPrefix), onTheWire),
      );
      const found = matches.find((one) => one.matches !== false);
      if (found && bindings.exchangeName === exchange) matched.push({ service, plan, by: found.why });
      else {
        const why = whyNot(bindings.exchangeName, exchange, matches, found);
        missed.push({ service, handler: handler.name, queue: queue.queueName, exchange: bindings.exchangeName, why });
      }
    }
  }
  return { matched, missed };
}

/** A similar key that a handler on this exchange gets. Both are without the prefix. */
export function meantKeyOf(
  routingKey: string,
  { exchange }: RoutedMessage,
  services: readonly RoutedService[],
): string | undefined {
  const bindings = services.flatMap(({ plans }) => plans.map((plan) => plan.bindings));
  return meantKey(routingKey, exchange, bindings);
}

function whyNot(own: string, exchange: string, matches: readonly KeyMatch[], found: KeyMatch | undefined): string {
  if (found)
    return `its queue is bound to the exchange "${own}", not to "${exchange}". Through that exchange it would match: ${found.why}`;
  const reasons = matches.map(({ why }) => why).join("; ");
  return own === exchange ? reasons : `its queue is bound to the exchange "${own}", and ${reasons}`;
}
