/** By which way exchanges, queues and bindings are looked at. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import type { ManagementApi } from "./management-api.ts";
import { exchangeStanding, queueStanding } from "./standing.ts";
import { bindingsByManagement, exchangeByManagement, queueByManagement } from "./standing-by-management.ts";
import type { Looks } from "./topology-findings.ts";

/** By the management API where it answers: it shows every argument, and it cannot change anything. */
export function looksAt(
  {
    connection,
    options: { vhost },
  }: { readonly connection: AmqpConnection; readonly options: { readonly vhost: string } },
  management: ManagementApi | undefined,
): Looks {
  if (!management) {
    return {
      queue: (queue) => queueStanding(connection, queue),
      exchange: (exchange) => exchangeStanding(connection, exchange),
      bindings: undefined,
    };
  }
  return {
    queue: (queue) => queueByManagement(management, vhost, queue),
    exchange: (exchange) => exchangeByManagement(management, vhost, exchange),
    bindings: (queue) => bindingsByManagement(management, vhost, queue),
  };
}
