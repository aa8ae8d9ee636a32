/** Describes a service from what it declares. No broker is contacted, and nothing listens. */
import { schedulesOf } from "../cluster-schedules/service-schedules.ts";
import type { Logger } from "../log/logger.ts";
import { registrationsOf } from "../service/registry.ts";
import type { Service } from "../service/service.ts";
import { plansOf, type ServicePlans } from "../transports/amqp/service-plans.ts";
import { describeHttp } from "../transports/http/described-http.ts";
import { describeConnection } from "./describe-connection.ts";
import { describeHandler } from "./describe-handler.ts";
import type { OtherHandler, ScheduleDescription, ServiceDescription } from "./service-description.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const described: readonly string[] = ["amqp", "http", "schedule"];

/** @throws ConfigurationError or AmqpError, as the start of the service would */
export function describeService(service: Service, environment: Environment, logger: Logger): ServiceDescription {
  const all = plansOf(service, environment, logger);
  // A connection that only publishes has nothing to describe.
  const consuming = all.filter(({ plans }) => plans.length > 0);
  return {
    service: service.name,
    connections: consuming.map((planned) => describeConnection(service, planned)),
    handlers: consuming.flatMap((planned) => handlersOf(service, planned)),
    http: describeHttp(service, environment) ?? null,
    schedules: describeSchedules(service, environment, logger),
    others: othersOf(service),
  };
}

/** The queue of a schedule belongs to its schedule. */
function handlersOf(service: Service, { plans, options }: ServicePlans): ServiceDescription["handlers"] {
  return plans.filter(({ bindings }) => !bindings.leased).map((plan) => describeHandler(service, plan, options));
}

function describeSchedules(service: Service, environment: Environment, logger: Logger): readonly ScheduleDescription[] {
  return schedulesOf(service, environment, logger).map(({ handler, name, schedule: when, cluster }) => {
    const { queue = null, deadLetterQueue = null } = cluster ?? {};
    return { handler, name, when, queue, deadLetterQueue };
  });
}

function othersOf(service: Service): readonly OtherHandler[] {
  return registrationsOf(service.constructor)
    .filter(({ trigger }) => !described.includes(trigger.transport.name))
    .map(({ method, trigger }) => ({ handler: method, transport: trigger.transport.name, trigger: trigger.label }));
}
