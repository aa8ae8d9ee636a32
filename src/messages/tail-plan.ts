/** What a tail listens to, and the handlers that define how a message is read. */

import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import type { Binding } from "../amqp-client/topology.ts";
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import { encodeRoutingKey } from "../transports/amqp/names/routing-key.ts";
import { defaultConnection, type ResolvedAmqpOptions, resolveAmqpOptions } from "../transports/amqp/options/options.ts";
import type { SubscriptionPlan } from "../transports/amqp/options/plan.ts";
import { plansOf } from "../transports/amqp/service-plans.ts";

/** The name of its connection. */
export const tailName = "tomodachi tail";

/** A handler that gets such messages too. */
export interface TailHandler {
  /** As `orders.onPaid`. */
  readonly name: string;
  readonly plan: SubscriptionPlan;
}

export interface TailPlan {
  readonly connection: ResolvedConnectionOptions;
  /** Taken off the keys that are shown. */
  readonly routingKeyPrefix: string;
  /** As on the wire. */
  readonly bindings: readonly Omit<Binding, "queue">[];
  readonly handlers: readonly TailHandler[];
}

export interface TailWish {
  /** Undefined: the patterns of the services' handlers. */
  readonly pattern: string | undefined;
  readonly exchangeName: string | undefined;
  /** The name of a connection of the services. */
  readonly connection: string | undefined;
}

/** @throws ConfigurationError or AmqpError, as the start of a service would */
export function planTail(
  services: readonly Service[],
  { pattern, exchangeName, connection: wanted = defaultConnection }: TailWish,
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): TailPlan {
  const handlers: TailHandler[] = [];
  let options: ResolvedAmqpOptions | undefined;
  for (const service of services) {
    for (const planned of plansOf(service, environment, logger)) {
      if ((planned.options.name ?? defaultConnection) !== wanted) continue;
      options ??= planned.options;
      for (const plan of planned.plans) handlers.push({ name: `${service.name}.${plan.handler.name}`, plan });
    }
  }
  const { connection, naming } = options ?? resolveAmqpOptions(tailName, {}, environment);
  const { routingKeyPrefix } = naming;
  const bindings =
    pattern === undefined
      ? handlers.flatMap(({ plan: { bindings: own } }) =>
          own.patterns.map((key) => ({ exchange: exchangeName ?? own.exchangeName, routingKey: key })),
        )
      : [{ exchange: exchangeName ?? naming.exchangeName, routingKey: pattern }];
  return {
    connection,
    routingKeyPrefix,
    bindings: bindings.map(({ exchange, routingKey }) => ({
      exchange,
      routingKey: encodeRoutingKey(routingKey, routingKeyPrefix),
    })),
    handlers,
  };
}
