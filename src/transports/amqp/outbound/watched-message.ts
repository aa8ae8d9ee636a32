/** What observers of a run learn of a message that is sent, and the headers that they add to it. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import { textOf } from "../../../errors.ts";
import type { ObservedSending, ObservedServer, SendingObserver } from "../../../service/observed-work.ts";
import type { ServiceContext } from "../../../service/transport.ts";

const noHeaders: Readonly<Record<string, unknown>> = Object.freeze({});

/** A requested publish. It is not checked yet: its exchange and key may be anything. */
export interface AskedPublish extends Pick<ObservedSending, "template" | "server"> {
  readonly exchange: unknown;
  readonly routingKey: unknown;
}

/** A publish starts. Undefined: no observer is called for it. */
export function watchPublish(
  { observer, service }: ServiceContext,
  { exchange, routingKey, template, server }: AskedPublish,
): SendingObserver | undefined {
  const asked = { exchange: textOf(exchange), routingKey: textOf(routingKey) };
  return observer?.sending?.({ kind: "publish", service, ...asked, template, server });
}

/**
 * The message is built. Headers of the observer replace those of the same name: their values are current. The message goes
 * without them where its frame has no room: a baggage is as long as its sender likes.
 */
export function tellBuilt(watched: SendingObserver, message: OutgoingMessage): void {
  const { exchange, routingKey, content, properties } = message;
  const { messageId, correlationId, headers = noHeaders } = properties;
  const told = { exchange, routingKey, messageId, correlationId, headers, properties, content, bytes: content.length };
  const added = watched.built?.(told);
  if (!added) return;
  properties.headers = { ...headers, ...added };
  message.spare = [...(message.spare ?? []), { names: Object.keys(added), leftOut: () => {} }];
}

/** Where a connection leads, once there is one. */
export function serverOf({ endpoint }: Pick<AmqpConnection, "endpoint">): ObservedServer | undefined {
  return endpoint && { address: endpoint.host, port: endpoint.port };
}
