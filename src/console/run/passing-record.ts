/** A message that was published, as the console keeps it. */

import { headerNames } from "../../transports/amqp/names/headers.ts";
import { decodeRoutingKey } from "../../transports/amqp/names/routing-key.ts";
import type { MessageRow } from "../view/live-view.ts";
import { bodyCopy, type RecordedMessage } from "./recorded-message.ts";

/** The part of a message that is needed here. */
export interface PassingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly readableProperties: { readonly messageId: string | undefined; readonly correlationId: string | undefined };
  readonly readableHeaders: Readonly<Record<string, unknown>>;
}

export function recordPassing(message: PassingMessage, number: number): RecordedMessage {
  const { exchange, routingKey, content, readableProperties: properties, readableHeaders: headers } = message;
  const causation = headers[headerNames.causationId];
  const row: MessageRow = {
    number,
    at: Date.now(),
    kind: "passing",
    service: "",
    handler: undefined,
    exchange,
    routingKey: decodeRoutingKey(routingKey),
    messageId: properties.messageId,
    outcome: "seen",
    attempt: 1,
    isReplay: false,
    ms: 0,
    bytes: content.length,
    error: undefined,
  };
  return {
    row,
    content: bodyCopy(content),
    headers,
    properties: { ...properties },
    queue: undefined,
    correlationId: properties.correlationId,
    causationId: typeof causation === "string" ? causation : undefined,
    notes: [],
    error: undefined,
    isCalled: false,
    retryDelayMs: undefined,
  };
}
