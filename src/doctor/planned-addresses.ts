/** The brokers that services use, and what each service needs there. */
import { describeEndpoint } from "../amqp-client/options.ts";
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import { plansOf } from "../transports/amqp/service-plans.ts";
import type { PlannedService } from "../transports/amqp/topology/service-topology.ts";
import type { Examined } from "./examine.ts";

/**
 * Services with the same broker, virtual host and login are examined together.
 * @throws ConfigurationError or AmqpError, as the start of a service would
 */
export function plannedAddresses(
  services: readonly Service[],
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): readonly Examined[] {
  const groups = new Map<string, { readonly connection: Examined["connection"]; readonly planned: PlannedService[] }>();
  for (const service of services) {
    for (const { options, plans } of plansOf(service, environment, logger)) {
      const address = describeEndpoint(options.connection);
      const group = groups.get(address) ?? { connection: options.connection, planned: [] };
      groups.set(address, group);
      group.planned.push({ service: service.name, options, plans });
    }
  }
  return [...groups.values()];
}
