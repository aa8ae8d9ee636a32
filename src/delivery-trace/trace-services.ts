/** The trace of one key on each broker of services. */
import { describeEndpoint } from "../amqp-client/options.ts";
import type { Logger } from "../log/logger.ts";
import { resolveOperations } from "../service/operations-options.ts";
import type { Service } from "../service/service.ts";
import { plansOf } from "../transports/amqp/service-plans.ts";
import type { RoutedService } from "./route-key.ts";
import { type RunningConsumers, runningConsumers } from "./running-consumers.ts";
import type { DeliveryTrace } from "./trace.ts";
import { traceMessage } from "./trace-message.ts";

export interface TraceRequest {
  readonly routingKey: string;
  readonly exchange: string | undefined;
  /** The operations port of the running services; undefined for the one that they name themselves. */
  readonly operations: string | undefined;
  /** As the doctor takes it. */
  readonly management: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

/**
 * Services with one broker, virtual host and login are traced together.
 * @throws ConfigurationError or AmqpError, as the start of a service would
 */
export async function traceServices(
  services: readonly Service[],
  request: TraceRequest,
): Promise<readonly DeliveryTrace[]> {
  const { routingKey, exchange, environment, logger, management } = request;
  const groups = new Map<string, RoutedService[]>();
  for (const service of services) {
    for (const { options, plans } of plansOf(service, environment, logger)) {
      const address = describeEndpoint(options.connection);
      const group = groups.get(address) ?? [];
      groups.set(address, group);
      group.push({ service: service.name, options, plans });
    }
  }
  const running = await runningOf(services, request);
  const traces: DeliveryTrace[] = [];
  for (const group of groups.values()) {
    // A connection without handlers is traced only where it is the only one.
    if (groups.size > 1 && group.every(({ plans }) => plans.length === 0)) continue;
    traces.push(await traceMessage({ routingKey, exchange, services: group, running, management, logger }));
  }
  return traces;
}

async function runningOf(
  services: readonly Service[],
  { operations, environment }: TraceRequest,
): Promise<RunningConsumers> {
  if (operations !== undefined) return runningConsumers(operations);
  const resolved = resolveOperations(services, environment);
  if (!resolved || resolved.port === 0) {
    return { kind: "unseen", why: "the services name no operations port (--operations <url> names one)" };
  }
  const host = resolved.host === "0.0.0.0" || resolved.host === "::" ? "127.0.0.1" : resolved.host;
  return runningConsumers(`http://${host.includes(":") ? `[${host}]` : host}:${resolved.port}`);
}
