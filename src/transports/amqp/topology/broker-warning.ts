/** Known problems of a version of a broker, reported at the start. */
import type { BrokerIdentity } from "../../../amqp-client/connection-events.ts";

/** A sentence for the log; undefined where nothing is known. Read in RabbitMQ's source, release by release. */
export function brokerWarning(broker: BrokerIdentity | undefined): string | undefined {
  if (broker?.product !== "RabbitMQ") return undefined;
  const [major = 0, minor = 0] = broker.version.split(".").map((part) => Number.parseInt(part, 10));
  if (!Number.isFinite(major) || major > 3 || (major === 3 && minor >= 13)) return undefined;
  return `RabbitMQ ${broker.version} crashes when it dead-letters a message whose header x-death is malformed, and every client that may publish can send one. Upgrade to 3.13 or later, and see the production guide until then.`;
}
