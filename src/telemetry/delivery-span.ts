/** The span of one delivery, from its turn to its settlement. */
import type { Context, Span, SpanContext } from "@opentelemetry/api";
import type { DeliveryEnd, DeliveryObserver, ObservedCopy } from "../service/observed-work.ts";
import { attributesOfException } from "./attributes.ts";
import { fail, type Guard } from "./guard.ts";
import { headersFor } from "./header-carrier.ts";
import type { OpenTelemetry } from "./opentelemetry.ts";

export class DeliverySpan implements DeliveryObserver {
  readonly #api: OpenTelemetry;
  readonly #guard: Guard;
  readonly #span: Span;
  /** What the message came with. */
  readonly #parent: Context;
  readonly #active: Context;

  constructor(api: OpenTelemetry, guard: Guard, span: Span, parent: Context) {
    this.#api = api;
    this.#guard = guard;
    this.#span = span;
    this.#parent = parent;
    this.#active = api.trace.setSpan(parent, span);
  }

  /** What the span of a batch links to: the publish of the message, or this span where the message came without a trace. */
  get linked(): SpanContext {
    return this.#api.trace.getSpanContext(this.#parent) ?? this.#span.spanContext();
  }

  /** Points at the span of the batch in which the message is handled. */
  link(batch: Span): void {
    // Since version 1.9 of the API.
    this.#span.addLink?.({ context: batch.spanContext() });
  }

  around<T>(work: () => T): T {
    return this.#guard.runIn(this.#active, work);
  }

  runsAgain({ pauseMs, error }: { readonly pauseMs: number; readonly error: unknown }): void {
    this.#guard.attempt(() => {
      this.#span.addEvent("exception", attributesOfException(error));
      this.#span.addEvent("retry in the process", { "tomodachi.delay_ms": pauseMs });
    });
  }

  /** A copy keeps the trace of its message. One that has none joins the trace of this span. */
  copying(): Readonly<Record<string, unknown>> | undefined {
    return this.#guard.attempt(() => {
      const came = this.#api.trace.getSpanContext(this.#parent);
      return came ? undefined : headersFor(this.#api, this.#active);
    });
  }

  copied(copy: ObservedCopy): void {
    this.#guard.attempt(() => {
      const reason = { "tomodachi.reason": copy.reason };
      if (copy.kind === "retry") this.#span.addEvent("retry", { ...reason, "tomodachi.delay_ms": copy.delayMs });
      else this.#span.addEvent("dead letter", { ...reason, "tomodachi.dead_letter_queue": copy.queueName });
    });
  }

  ended({ outcome, duplicate, error }: DeliveryEnd): void {
    this.#guard.end(this.#span, () => {
      this.#span.setAttribute("tomodachi.outcome", duplicate ? "duplicate" : outcome.kind);
      if ("reason" in outcome) this.#span.setAttribute("tomodachi.reason", outcome.reason);
      if (error !== undefined) fail(this.#api, this.#span, error);
    });
  }
}
