/** How the AMQP transport of a service is: from channels and deliveries, not from sockets that may be dead. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { Publisher } from "../../../amqp-client/publisher.ts";
import type { ConnectionHealth, ConsumerHealth, TransportHealth } from "../../../service/health.ts";

export interface AmqpHealthParts {
  readonly connections: readonly AmqpConnection[];
  readonly publisher: Publisher;
  /** Whether the publishing connection is blocked by the broker. */
  readonly blocked: boolean;
  readonly consumers: readonly ConsumerHealth[];
  /** What is wrong with the transport as a whole; undefined for nothing. */
  readonly trouble: string | undefined;
}

export function amqpHealth({ connections, publisher, blocked, consumers, trouble }: AmqpHealthParts): TransportHealth {
  const reasons = trouble === undefined ? [] : [trouble];
  const described = connections.map(connectionHealth);
  for (const { healthy, purpose, state, lastError } of described) {
    if (!healthy) reasons.push(`the ${purpose} connection is ${state}${lastError ? ` (${lastError})` : ""}`);
  }
  if (blocked) reasons.push("the broker blocks publishes (an alarm of memory or disk)");
  for (const { healthy, handler, queue, reason } of consumers) {
    if (!healthy) reasons.push(`${handler} does not consume "${queue}": ${reason}`);
  }
  const { waiting, unconfirmed } = publisher;
  return {
    transport: "amqp",
    healthy: reasons.length === 0,
    reasons,
    connections: described,
    publisher: { waiting, unconfirmed, blocked },
    consumers,
  };
}

function connectionHealth({ purpose, state, since, lastError }: AmqpConnection): ConnectionHealth {
  // Idle: nobody has asked for it yet, as in a service that has not published.
  return { purpose, state, since: new Date(since), lastError, healthy: state === "connected" || state === "idle" };
}
