/** What the console knows about the brokers of some services, and how it asks them. */
import type { Logger } from "../../log/logger.ts";
import type { Service } from "../../service/service.ts";
import { DeadLetterLooks } from "./dead-letter-looks.ts";
import { placesOf, queuesToCount } from "./places.ts";
import { type PlannedServices, planServices } from "./planned-services.ts";
import { QueueCounts } from "./queue-counts.ts";

export interface BrokerSide {
  readonly planned: PlannedServices;
  readonly looks: DeadLetterLooks;
  readonly queueCounts: QueueCounts;
}

/** @throws ConfigurationError or AmqpError, as the start of the services would */
export function brokerSideOf(
  services: readonly Service[],
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): BrokerSide {
  const planned = planServices(services, environment, logger);
  const places = placesOf(services, environment, logger);
  const queueCounts = new QueueCounts(queuesToCount(planned, places));
  return {
    planned,
    looks: new DeadLetterLooks(places, logger, (queue, messages) => queueCounts.looked(queue, messages)),
    queueCounts,
  };
}
