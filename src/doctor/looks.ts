/** How exchanges, queues and bindings are read from a broker. */
import type { AmqpConnection } from "../amqp-client/connection.ts";
import { bindingsByManagement, exchangeByManagement, queueByManagement } from "./compare-by-management.ts";
import { compareExchange, compareQueue } from "./compare-declared.ts";
import { type Finding, info } from "./finding.ts";
import { type ManagementApi, NoManagementAnswer } from "./management-api.ts";
import type { Looks } from "./topology-findings.ts";

/** Uses the management API if it answers: it shows every argument, and cannot change anything. */
export function looksAt(
  {
    connection,
    options: { vhost },
  }: { readonly connection: AmqpConnection; readonly options: { readonly vhost: string } },
  management: ManagementApi | undefined,
): Looks {
  if (!management) {
    return {
      queue: (queue) => compareQueue(connection, queue),
      exchange: (exchange) => compareExchange(connection, exchange),
      bindings: undefined,
    };
  }
  return {
    queue: (queue) => queueByManagement(management, vhost, queue),
    exchange: (exchange) => exchangeByManagement(management, vhost, exchange),
    bindings: (queue) => bindingsByManagement(management, vhost, queue),
  };
}

/** Examines something with the management API, or without it with AMQP alone. */
export type Look = (management: ManagementApi | undefined) => Promise<readonly Finding[]>;

/** Uses AMQP if the management API stops answering, because that says nothing about the services. */
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
