/** A request as the observers of a run see it. It is only created for an observer. */
import { randomUUID } from "node:crypto";
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { OutgoingMessage } from "../../../amqp-client/outgoing-message.ts";
import type { SendingEnd, SendingObserver } from "../../../service/observed-work.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { Question } from "./request-options.ts";
import { serverOf, tellBuilt } from "./watched-message.ts";

export interface RequestWatchSettings {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
}

/** Undefined: no observer observes this request. */
export function watchRequest(
  { context, options, connection }: RequestWatchSettings,
  { publish, routingKey, template }: Question,
): WatchedRequest | undefined {
  const { observer, service } = context;
  const exchange = publish.exchangeName ?? options.naming.exchangeName;
  const server = serverOf(connection);
  const watched = observer?.sending?.({ kind: "request", service, exchange, routingKey, template, server });
  return watched && new WatchedRequest(watched);
}

export class WatchedRequest {
  readonly #observer: SendingObserver;

  constructor(observer: SendingObserver) {
    this.#observer = observer;
  }

  /** The message is built; it gets its correlation id here, so that the observer knows it. */
  built(message: OutgoingMessage): void {
    message.properties.correlationId = randomUUID();
    tellBuilt(this.#observer, message);
  }

  ended(end: SendingEnd): void {
    this.#observer.ended(end);
  }
}
