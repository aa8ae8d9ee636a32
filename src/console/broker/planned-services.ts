/**
 * The services that the console shows, from their options: known without a broker, and equal for a run and for a broker seen from outside.
 */
import { endpointText, type ResolvedConnectionOptions } from "../../amqp-client/options.ts";
import type { Logger } from "../../log/logger.ts";
import { registrationsOf } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import type { StandardSchema } from "../../service/standard-schema.ts";
import type { ResolvedAmqpOptions } from "../../transports/amqp/options/options.ts";
import type { SubscriptionPlan } from "../../transports/amqp/options/plan.ts";
import { plansOf, type ServicePlans } from "../../transports/amqp/service-plans.ts";
import { RetryNames, retryDelaysOf } from "../../transports/amqp/topology/retry-parts.ts";
import type { JsonSchema, OtherHandlerView, PlanView, RetryQueueView, SubscriptionView } from "../view/plan-view.ts";

/** One subscription of a service. */
export interface PlannedSubscription {
  readonly service: Service;
  readonly options: ResolvedAmqpOptions;
  readonly plan: SubscriptionPlan;
  readonly view: SubscriptionView;
}

export interface PlannedServices {
  readonly services: readonly Service[];
  readonly subscriptions: readonly PlannedSubscription[];
  readonly others: readonly OtherHandlerView[];
  readonly retryQueues: readonly (RetryQueueView & { readonly options: ResolvedAmqpOptions })[];
  /** The default connection of each service, and the connections that its handlers name. */
  readonly connections: readonly ResolvedConnectionOptions[];
}

/** @throws ConfigurationError or AmqpError, as the start of the services would */
export function planServices(
  services: readonly Service[],
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): PlannedServices {
  const planned = services.flatMap((service) =>
    plansOf(service, environment, logger).map((plans) => ({ service, ...plans })),
  );
  const used = planned.filter(({ options, plans }) => options.name === undefined || plans.length > 0);
  return {
    services,
    subscriptions: used.flatMap(({ service, options, plans }) =>
      plans.map((plan) => ({ service, options, plan, view: viewOf(service, plan) })),
    ),
    others: services.flatMap(othersOf),
    retryQueues: used.flatMap(retryQueuesOf),
    connections: distinct(used.map(({ options }) => options.connection)),
  };
}

/** The part of the plan that the page receives. */
export function planView(
  { services, subscriptions, others, retryQueues, connections }: PlannedServices,
  rest: Pick<PlanView, "mode" | "mayChange" | "version">,
): PlanView {
  return {
    ...rest,
    brokers: connections.map(brokerText),
    services: services.map(({ name }) => name),
    subscriptions: subscriptions.map(({ view }) => view),
    others,
    retryQueues: retryQueues.map(({ service, queue, delayMs }) => ({ service, queue, delayMs })),
  };
}

/** Connections with the same key lead to the same broker. */
export function connectionKey(connection: ResolvedConnectionOptions): string {
  return JSON.stringify({ ...connection, place: undefined });
}

function distinct(connections: readonly ResolvedConnectionOptions[]): readonly ResolvedConnectionOptions[] {
  return [...new Map(connections.map((one) => [connectionKey(one), one])).values()];
}

/** For example `localhost:5672`, with the virtual host if it is not the default one. */
function brokerText({ endpoints, vhost }: ResolvedConnectionOptions): string {
  const hosts = endpoints.map(endpointText).join(", ");
  return vhost === "/" ? hosts : `${hosts}, virtual host ${vhost}`;
}

function viewOf(service: Service, plan: SubscriptionPlan): SubscriptionView {
  const { handler, queue, bindings, reading } = plan;
  const [template] = bindings.templates;
  return {
    id: subscriptionId(service.name, queue.queueName),
    service: service.name,
    handler: handler.name,
    patterns: bindings.patterns.map(
      (pattern) => bindings.templates.find((one) => one.pattern === pattern)?.key ?? pattern,
    ),
    exchange: bindings.exchangeName,
    exchangeType: bindings.exchangeType,
    queue: queue.queueName,
    queueType: queue.queueType,
    deadLetterQueue: queue.deadLetterQueue,
    retryDelaysMs: plan.failures.retry?.delaysMs ?? [],
    keyParameters: template?.names ?? [],
    keyTemplate: template?.key,
    schema: reading.schema && jsonSchemaOf(reading.schema),
    schemaVendor: reading.schema?.["~standard"].vendor,
    isText: reading.envelope === null,
  };
}

function subscriptionId(service: string, queue: string): string {
  return `${service} ${queue}`;
}

/** Standard JSON Schema (https://standardschema.dev): libraries that support it can describe their schemas. */
interface SaysJsonSchema {
  readonly jsonSchema?: { input?(options: { readonly target: string }): unknown };
}

/** Undefined if the library cannot describe the schema, or JSON Schema cannot express it. */
function jsonSchemaOf(schema: StandardSchema): JsonSchema | undefined {
  const { jsonSchema } = schema["~standard"] as unknown as SaysJsonSchema;
  try {
    const said = jsonSchema?.input?.({ target: "draft-2020-12" });
    return typeof said === "object" && said !== null ? (said as JsonSchema) : undefined;
  } catch {
    return undefined;
  }
}

function othersOf(service: Service): readonly OtherHandlerView[] {
  return registrationsOf(service.constructor)
    .filter(({ trigger }) => trigger.transport.name !== "amqp")
    .map(({ method, trigger }) => ({ service: service.name, handler: method, label: trigger.label }));
}

function retryQueuesOf({
  service,
  options,
  plans,
}: ServicePlans & { readonly service: Service }): PlannedServices["retryQueues"] {
  const names = new RetryNames(service.name, options.naming.queueNamePrefix);
  const delays = [...new Set(plans.flatMap((plan) => retryDelaysOf(plan)))].sort((a, b) => a - b);
  return delays.map((delayMs) => ({ service: service.name, queue: names.tier(delayMs), delayMs, options }));
}
