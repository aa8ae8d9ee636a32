/** One publish. It is counted when it has its answer, and kept if the list has room for it. */
import type { ObservedMessage, ObservedSending, SendingEnd, SendingObserver } from "../../service/observed-work.ts";
import { headerNames } from "../../transports/amqp/names/headers.ts";
import { decodeRoutingKey } from "../../transports/amqp/names/routing-key.ts";
import type { MessageOutcome } from "../view/live-view.ts";
import { errorLine, recordedError } from "./error-line.ts";
import type { MessageLog } from "./message-log.ts";
import type { PublishedCounts } from "./published-counts.ts";
import { bodyCopy } from "./recorded-message.ts";

export class SendingRecord implements SendingObserver {
  readonly #sending: ObservedSending;
  readonly #counts: PublishedCounts;
  readonly #log: MessageLog;
  readonly #startedAt = performance.now();
  #message: ObservedMessage | undefined;

  constructor(sending: ObservedSending, counts: PublishedCounts, log: MessageLog) {
    this.#sending = sending;
    this.#counts = counts;
    this.#log = log;
  }

  built(message: ObservedMessage): undefined {
    this.#message = message;
  }

  ended({ error, returned = false }: SendingEnd): void {
    const { exchange, routingKey, template, kind, service } = this.#sending;
    const failed = error !== undefined;
    this.#counts.add(exchange, kind === "reply" ? "replies" : (template ?? routingKey), failed || returned);
    const message = this.#message;
    if (!message) return;
    const outcome: MessageOutcome = failed ? "failed" : returned ? "unroutable" : "published";
    this.#log.add(failed || returned, (number) => ({
      row: {
        number,
        at: Date.now(),
        kind: "published",
        service: service.name,
        handler: undefined,
        exchange: message.exchange,
        routingKey: kind === "reply" ? decodeRoutingKey(message.routingKey) : routingKey,
        messageId: message.messageId,
        outcome,
        attempt: 1,
        isReplay: false,
        ms: performance.now() - this.#startedAt,
        bytes: message.bytes,
        error: failed ? errorLine(error) : returned ? "no queue is bound for this key" : undefined,
      },
      content: bodyCopy(message.content),
      headers: message.headers,
      properties: { ...message.properties, headers: undefined },
      queue: undefined,
      correlationId: message.correlationId,
      causationId: textIn(message.headers, headerNames.causationId),
      notes: [],
      error: failed ? recordedError(error) : undefined,
      isCalled: false,
      retryDelayMs: undefined,
    }));
  }
}

function textIn(headers: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
