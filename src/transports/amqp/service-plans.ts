/** The subscriptions that a service would have, known without a broker. */
import type { Logger } from "../../log/logger.ts";
import type { HandlerFunction } from "../../service/handler.ts";
import { registrationsOf } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import { type ResolvedAmqpOptions, resolveAmqpOptions } from "./options/options.ts";
import type { SubscriptionPlan } from "./options/plan.ts";
import { addToPlans } from "./options/plans.ts";
import type { AmqpTrigger } from "./options/trigger.ts";
import { amqpTransport } from "./transport.ts";

export interface ServicePlans {
  readonly options: ResolvedAmqpOptions;
  readonly plans: readonly SubscriptionPlan[];
}

/** @throws ConfigurationError or AmqpError, as the start of the service would */
export function plansOf(
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): ServicePlans {
  const { name, uuid, messageEnvelope } = service;
  const given = (service.options as { readonly amqp?: unknown } | undefined)?.amqp;
  const options = resolveAmqpOptions(name, given, environment);
  const plans: SubscriptionPlan[] = [];
  const planning = { name, uuid, envelope: messageEnvelope ?? null, options };
  for (const { method, trigger } of registrationsOf(service.constructor)) {
    if (trigger.transport.name !== amqpTransport.name) continue;
    const call = (service as unknown as Record<string, unknown>)[method] as HandlerFunction;
    const label = `${trigger.label} ${name}.${method}`;
    addToPlans(plans, { name: method, call, options: trigger.options as AmqpTrigger, label, logger }, planning);
  }
  return { options, plans };
}
