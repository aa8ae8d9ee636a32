/** The connections that services have, by name. */
import type { Logger } from "../log/logger.ts";
import type { Service } from "../service/service.ts";
import { defaultConnection } from "../transports/amqp/options/options.ts";
import { plansOf } from "../transports/amqp/service-plans.ts";

/** @throws ConfigurationError or AmqpError, as the start of a service would */
export function connectionsOf(
  services: readonly Service[],
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): readonly string[] {
  const plans = services.flatMap((service) => plansOf(service, environment, logger));
  return [...new Set(plans.map(({ options }) => options.name ?? defaultConnection))];
}
