/** What observers of a run learn of a message that is sent, and the headers that they add to it. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { ObservedServer, SendingObserver } from "../../../service/observed-work.ts";

const noHeaders: Readonly<Record<string, unknown>> = Object.freeze({});

/** The message is built. Headers of the observer replace those of the same name: they say what is true now. */
export function tellBuilt(watched: SendingObserver, message: OutgoingMessage): void {
  const { exchange, routingKey, content, properties } = message;
  const { messageId, correlationId, headers = noHeaders } = properties;
  const told = { exchange, routingKey, messageId, correlationId, headers, bytes: content.length };
  const added = watched.built?.(told);
  if (added) properties.headers = { ...headers, ...added };
}

/** Where a connection leads, once there is one. */
export function serverOf({ endpoint }: Pick<AmqpConnection, "endpoint">): ObservedServer | undefined {
  return endpoint && { address: endpoint.host, port: endpoint.port };
}
