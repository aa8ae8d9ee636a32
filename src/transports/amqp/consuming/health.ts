/** How the AMQP transport of a service is, at one broker and at all: from channels and deliveries, not from sockets that may be dead. */
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
  /** Of a named connection; undefined for the default one. */
  readonly name: string | undefined;
}

export function amqpHealth(parts: AmqpHealthParts): TransportHealth {
  const { connections, publisher, blocked, consumers, trouble, name } = parts;
  const reasons = trouble === undefined ? [] : [trouble];
  const described = connections.map(connectionHealth);
  for (const { healthy, purpose, state, lastError } of described) {
    if (!healthy) reasons.push(`the ${purpose} connection is ${state}${lastError ? ` (${lastError})` : ""}`);
  }
  if (blocked) reasons.push("the broker blocks publishes (a memory or disk alarm)");
  for (const { healthy, handler, queue, reason } of consumers) {
    if (!healthy) reasons.push(`${handler} does not consume "${queue}": ${reason}`);
  }
  const { waiting, unconfirmed } = publisher;
  return {
    transport: "amqp",
    healthy: reasons.length === 0,
    reasons: name === undefined ? reasons : reasons.map((reason) => `${name}: ${reason}`),
    connections: name === undefined ? described : described.map((one) => ({ ...one, connection: name })),
    publisher: { waiting, unconfirmed, blocked },
    consumers: name === undefined ? consumers : consumers.map((one) => ({ ...one, connection: name })),
  };
}

/** Several connections as one transport; the one that is alone is the transport. */
export function mergeHealth(all: readonly TransportHealth[]): TransportHealth {
  const [first, ...more] = all;
  if (first && more.length === 0) return first;
  const publishers = all.flatMap(({ publisher }) => publisher ?? []);
  return {
    transport: "amqp",
    healthy: all.every(({ healthy }) => healthy),
    reasons: all.flatMap(({ reasons }) => reasons),
    connections: all.flatMap(({ connections }) => connections),
    publisher: {
      waiting: publishers.reduce((sum, { waiting }) => sum + waiting, 0),
      unconfirmed: publishers.reduce((sum, { unconfirmed }) => sum + unconfirmed, 0),
      blocked: publishers.some(({ blocked }) => blocked),
    },
    consumers: all.flatMap(({ consumers }) => consumers),
  };
}

function connectionHealth({ purpose, state, since, lastError }: AmqpConnection): ConnectionHealth {
  // Idle: it was not needed yet, as in a service that has not published.
  return { purpose, state, since: new Date(since), lastError, healthy: state === "connected" || state === "idle" };
}
