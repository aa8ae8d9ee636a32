/** Checks that what the service does not declare exists. Nothing is changed on the broker. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import { AmqpError } from "../../../amqp-client/errors.ts";
import { type FoundTopology, findMissing, type TopologyNames } from "../../../amqp-client/find-missing.ts";
import { describeEndpoint } from "../../../amqp-client/options.ts";
import type { Logger } from "../../../log/logger.ts";
import { namesOf } from "./retry-parts.ts";
import { exchangePart, type PlannedService, queuePart, retryParts } from "./service-topology.ts";

export interface VerifySettings extends PlannedService {
  readonly connection: AmqpConnection;
  readonly logger: Logger;
}

/**
 * Checks all that a service expects to exist (`declare: "verify"`), and says what could not be checked: AMQP shows no arguments and no
 * bindings.
 *
 * @throws AmqpError ERR_AMQP_TOPOLOGY_MISSING with everything that is not there
 */
export async function verifyTopology(settings: VerifySettings): Promise<void> {
  const { logger, options, plans } = settings;
  const parts = [
    ...plans.filter(({ bindings }) => bindings.declare === "verify").map(exchangePart),
    ...plans.filter(({ queue }) => queue.declare === "verify").map((plan) => queuePart(plan, settings)),
    ...(options.topology.declare.queue === "verify" ? retryParts(settings) : []),
  ];
  const names = namesOf(parts);
  if (names.exchanges.length + names.queues.length === 0) return;
  const { refused } = await requireTopology(settings, names);
  const bindings = parts.flatMap((part) => part.bindings).length;
  logger.info(
    `declare is "verify": ${count(names.exchanges.length, "exchange")} and ${count(names.queues.length, "queue")} exist. Not checked, because AMQP cannot show them: their arguments, and ${count(bindings, "binding")}.`,
  );
  if (refused.length > 0) {
    logger.info(
      `This login is not allowed to look at ${refused.map((name) => `"${name}"`).join(", ")}, so they count as existing: RabbitMQ requires a permission for this since 4.2.6.`,
    );
  }
}

/** @throws AmqpError ERR_AMQP_TOPOLOGY_MISSING with everything that is not there */
export async function requireTopology(
  { service, connection, options }: Pick<VerifySettings, "service" | "connection" | "options">,
  names: TopologyNames,
): Promise<FoundTopology> {
  const found = await findMissing(connection, names);
  const { exchanges, queues } = found.missing;
  const missing = [
    ...exchanges.map((name) => `the exchange "${name}"`),
    ...queues.map((name) => `the queue "${name}"`),
  ];
  if (missing.length === 0) return found;
  throw new AmqpError(
    "ERR_AMQP_TOPOLOGY_MISSING",
    [
      `The service "${service}" does not declare the following (declare: "verify"), and ${describeEndpoint(options.connection)} does not have it:`,
      ...missing.map((name) => `  - ${name}`),
      "Create what is missing: `tomodachi topology <service>` prints how. Or let the service declare it (declare: true).",
    ].join("\n"),
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
