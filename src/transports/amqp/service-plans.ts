/** The subscriptions that a service would have, known without a broker. */
import type { Logger } from "../../log/logger.ts";
import type { HandlerFunction } from "../../service/handler.ts";
import { registrationsFor } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import { type ConnectionsByName, resolveConnections } from "./options/connections.ts";
import type { ResolvedAmqpOptions } from "./options/options.ts";
import type { SubscriptionPlan } from "./options/plan.ts";
import { addToPlans } from "./options/plans.ts";
import type { AmqpTrigger } from "./options/trigger.ts";
import { amqpTransport } from "./transport.ts";

/** What one service consumes by one connection. */
export interface ServicePlans {
  readonly options: ResolvedAmqpOptions;
  readonly plans: readonly SubscriptionPlan[];
}

/**
 * One entry for each connection: the default one first, then the named ones.
 * @throws ConfigurationError or AmqpError, as the start of the service would
 */
export function plansOf(
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): readonly ServicePlans[] {
  const { name, uuid, messageEnvelope } = service;
  const given = (service.options as { readonly amqp?: unknown } | undefined)?.amqp;
  const connections: ConnectionsByName<{ readonly options: ResolvedAmqpOptions; readonly plans: SubscriptionPlan[] }> =
    resolveConnections(name, given, environment).map((options) => ({ options, plans: [] }));
  for (const { method, trigger } of registrationsFor(service, amqpTransport.name)) {
    const call = (service as unknown as Record<string, unknown>)[method] as HandlerFunction;
    const label = `${trigger.label} ${name}.${method}`;
    const own = trigger.options as AmqpTrigger;
    const { options, plans } = connections.get(own.options.connection, label);
    const planning = { name, uuid, envelope: messageEnvelope ?? null, options };
    addToPlans(plans, { name: method, call, options: own, label, logger }, planning);
  }
  return connections.all;
}
