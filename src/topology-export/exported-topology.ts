/** What services need on their brokers, known without a broker: by the plans of their subscriptions. */
import type { ResolvedConnectionOptions } from "../amqp-client/options.ts";
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import { leaseQueueName } from "../transports/amqp/names/queue-name.ts";
import { defaultConnection } from "../transports/amqp/options/options.ts";
import { plansOf, type ServicePlans } from "../transports/amqp/service-plans.ts";
import type { TopologyPart } from "../transports/amqp/topology/retry-parts.ts";
import { serviceTopology } from "../transports/amqp/topology/service-topology.ts";
import { type LoginPurpose, type NamePatterns, patternsFor } from "./permissions.ts";

export interface ExportedTopology {
  readonly service: string;
  /** The name of the connection in the service's options; "default" for the one that `options.amqp` itself describes. */
  readonly connectionName: string;
  readonly connection: ResolvedConnectionOptions;
  /** Exchanges, queues and bindings, each once. */
  readonly topology: TopologyPart;
  /** What is left out of it, in sentences: only an instance can declare it. */
  readonly notes: readonly string[];
  patternsFor(purpose: LoginPurpose): NamePatterns;
}

export interface ExportOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Exchanges that the service publishes to, beside the one that its options name. */
  readonly publishesTo: readonly string[];
}

/**
 * One for each connection of the service.
 * @throws ConfigurationError or AmqpError, as the start of the service would
 */
export function exportTopology(service: Service, given: ExportOptions, logger: Logger): readonly ExportedTopology[] {
  return plansOf(service, given.environment, logger).map((planned) => exportOne(service.name, planned, given));
}

function exportOne(service: string, { options, plans }: ServicePlans, given: ExportOptions): ExportedTopology {
  const planned = { service, options, plans };
  const leased = plans.filter(({ bindings }) => bindings.leased);
  const ofInstances = plans.filter(({ queue }) => queue.perInstance);
  return {
    service,
    connectionName: options.name ?? defaultConnection,
    connection: options.connection,
    topology: serviceTopology({ ...planned, plans: plans.filter(({ queue }) => !queue.perInstance) }),
    notes: [
      ...ofInstances.map(
        ({ handler, queue }) =>
          `${handler.label} has a queue for each instance (such as "${queue.queueName}"). The instance declares its queue itself, so it is not listed.`,
      ),
      ...leased.map(
        ({ handler, queue }) =>
          `${handler.label} has an exclusive queue "${leaseQueueName(queue.queueName)}", which is its lease. The instance that holds the lease declares this queue, so it is not listed.`,
      ),
    ],
    patternsFor: (purpose) => patternsFor(purpose, planned, given.publishesTo),
  };
}
