/** What is asked of a broker before a service declares and consumes there. */
import type { Repeat } from "../../../amqp-client/repeat-when-lost.ts";
import type { SubscriptionPlan } from "../options/plan.ts";
import { checkBroker } from "../topology/broker-support.ts";
import { verifyTopology } from "../topology/verify-topology.ts";
import type { ConsumingScope } from "./consuming-scope.ts";

/** @throws AmqpError ERR_AMQP_TOPOLOGY_MISSING when an exchange or queue is missing that the service does not declare (`declare: "verify"`) */
export async function checkBeforeStart(
  { context, options, connection }: ConsumingScope,
  plans: readonly SubscriptionPlan[],
  repeat: Repeat,
): Promise<void> {
  const { name: service, logger } = context;
  checkBroker({ broker: connection.broker, plans, topology: options.topology, consuming: options.consuming, logger });
  await repeat(() => verifyTopology({ service, options, plans, connection, logger }));
}
