/** One delivery while it is handled. It is counted when it is settled, and kept if the list has room for it. */
import type { DeliveryEnd, DeliveryObserver, ObservedCopy, ObservedDelivery } from "../../service/observed-work.ts";
import { headerNames } from "../../transports/amqp/names/headers.ts";
import { decodeRoutingKey } from "../../transports/amqp/names/routing-key.ts";
import type { MessageOutcome } from "../view/live-view.ts";
import { delay } from "../view/show-time.ts";
import { errorLine, recordedError } from "./error-line.ts";
import type { HandlerCounts } from "./handler-counts.ts";
import { bodyCopy, type RecordedMessage, type RunNote } from "./recorded-message.ts";
import type { WatchParts } from "./watch-parts.ts";

export class DeliveryRecord implements DeliveryObserver {
  readonly #delivery: ObservedDelivery;
  readonly #counts: HandlerCounts;
  readonly #parts: WatchParts;
  readonly #startedAt = performance.now();
  #notes: RunNote[] | undefined;
  #copy: ObservedCopy | undefined;
  #isCalled = false;

  constructor(delivery: ObservedDelivery, counts: HandlerCounts, parts: WatchParts) {
    this.#delivery = delivery;
    this.#counts = counts;
    this.#parts = parts;
    if (parts.retries.size > 0 && delivery.isRetry) parts.retries.remove(retryId(delivery));
  }

  called(): void {
    this.#isCalled = true;
  }

  runsAgain({ pauseMs, error }: { readonly pauseMs: number; readonly error: unknown }): void {
    this.#note({
      kind: "failed",
      text: `Runs again in this process after ${delay(pauseMs)}`,
      detail: errorLine(error),
      pauseMs,
    });
  }

  copied(copy: ObservedCopy): void {
    this.#copy = copy;
    const detail = errorLine(copy.error);
    if (copy.kind === "retry")
      this.#note({ kind: "retry", text: `Waits ${delay(copy.delayMs)} for another run`, detail });
    else this.#note({ kind: "dead-letter", text: `Dead-lettered to ${copy.queueName} (${copy.reason})`, detail });
  }

  ended(end: DeliveryEnd): void {
    const { kind } = end.outcome;
    const ms = performance.now() - this.#startedAt;
    this.#counts.add(kind, ms);
    const failed = kind !== "acknowledge";
    const number = this.#parts.log.add(failed, (given) => this.#record(given, end, ms));
    if (this.#copy?.kind === "retry") this.#addRetry(this.#copy, number);
  }

  #note(note: Omit<RunNote, "at">): void {
    this.#notes ??= [];
    this.#notes.push({ at: Date.now(), ...note });
  }

  #addRetry({ delayMs, error }: ObservedCopy & { readonly kind: "retry" }, message: number | undefined): void {
    const { service, handler, origin, attempt } = this.#delivery;
    this.#parts.retries.add({
      id: retryId(this.#delivery),
      service: service.name,
      handler,
      routingKey: decodeRoutingKey(origin.routingKey),
      attempt: attempt + 1,
      dueAt: Date.now() + delayMs,
      delayMs,
      error: errorLine(error),
      message,
    });
  }

  #record(number: number, { outcome, duplicate, error }: DeliveryEnd, ms: number): RecordedMessage {
    const delivery = this.#delivery;
    const { headers, messageId, origin } = delivery;
    const thrown = this.#copy?.error ?? error;
    const kind: MessageOutcome = duplicate ? "duplicate" : outcome.kind;
    const causation = headers[headerNames.causationId];
    return {
      row: {
        number,
        at: Date.now(),
        kind: "handled",
        service: delivery.service.name,
        handler: delivery.handler,
        exchange: origin.exchange,
        routingKey: decodeRoutingKey(origin.routingKey),
        messageId,
        outcome: kind,
        attempt: delivery.attempt + (this.#notes?.filter((note) => note.kind === "failed").length ?? 0),
        isReplay: delivery.isReplay,
        ms,
        bytes: delivery.bytes,
        error: thrown === undefined ? undefined : errorLine(thrown),
      },
      content: bodyCopy(delivery.content),
      headers,
      properties: { ...delivery.properties },
      queue: delivery.queueName,
      correlationId: delivery.correlationId,
      causationId: typeof causation === "string" ? causation : undefined,
      notes: this.#notes ?? [],
      error: thrown === undefined ? undefined : recordedError(thrown),
      isCalled: this.#isCalled,
      retryDelayMs: this.#copy?.kind === "retry" ? this.#copy.delayMs : undefined,
    };
  }
}

/** The id is the same for the failed run and for the run that follows. */
function retryId({ handler, queueName, messageId, headers }: ObservedDelivery): string {
  const id = messageId ?? String(headers[headerNames.startedAt] ?? "");
  return `${handler} ${queueName} ${id}`;
}
