/** How exchanges, queues and bindings are read. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { type Finding, info } from "./finding.ts";
import { type ManagementApi, NoManagementAnswer } from "./management-api.ts";
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

/** Finds something by the management API, or without it by AMQP alone. */
export type Look = (management: ManagementApi | undefined) => Promise<readonly Finding[]>;

/** An API that stops answering says nothing about the services; AMQP does. */
export async function lookWith(management: ManagementApi | undefined, look: Look): Promise<readonly Finding[]> {
  try {
    return await look(management);
  } catch (error) {
    if (!(error instanceof NoManagementAnswer)) throw error;
    const silent = info(
      `The management API stopped answering: ${error.message}. The next findings come from AMQP alone.`,
    );
    return [silent, ...(await look(undefined))];
  }
}
