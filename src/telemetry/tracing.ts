/** What happens in a run, as spans of OpenTelemetry. */
import type { Span } from "@opentelemetry/api";
import type { Logger } from "../log/logger.ts";
import type { SendingObserver, WorkObserver } from "../service/observed-work.ts";
import type { RunObserver } from "../service/observer.ts";
import {
  attributesOfBatch,
  attributesOfBuilt,
  attributesOfDelivery,
  attributesOfSending,
  nameOfProcess,
  nameOfSending,
} from "./attributes.ts";
import { DeliverySpan } from "./delivery-span.ts";
import { fail, Guard } from "./guard.ts";
import { contextIn, contextOfRequest, headersFor } from "./header-carrier.ts";
import type { OpenTelemetry } from "./opentelemetry.ts";

export interface TracingSettings {
  readonly api: OpenTelemetry;
  /** The version of this package, for the instrumentation scope. */
  readonly version: string;
  readonly logger: Logger;
}

/** An observer for any number of services. An SDK, a propagator or an exporter that throws costs a span and never a message. */
export function createTracing({ api, version, logger }: TracingSettings): RunObserver {
  const { context, trace, SpanKind, ROOT_CONTEXT } = api;
  const tracer = trace.getTracer("tomodachi", version);
  const guard = new Guard(api, logger);
  /** By the key of its delivery. */
  const spans = new WeakMap<object, DeliverySpan>();

  const work = (start: () => Span, parent = ROOT_CONTEXT): WorkObserver | undefined =>
    guard.attempt(() => {
      const span = start();
      const active = trace.setSpan(parent, span);
      return {
        around: (call) => guard.runIn(active, call),
        ended: (error) =>
          guard.end(span, () => {
            if (error !== undefined) fail(api, span, error);
          }),
      };
    });

  return {
    sending: (sending) =>
      guard.attempt((): SendingObserver => {
        const parent = sending.startsTrace ? ROOT_CONTEXT : context.active();
        const kind = sending.kind === "request" ? SpanKind.CLIENT : SpanKind.PRODUCER;
        const span = tracer.startSpan(
          nameOfSending(sending),
          { kind, attributes: attributesOfSending(sending) },
          parent,
        );
        return {
          built: (message) =>
            guard.attempt(() => {
              span.setAttributes(attributesOfBuilt(message));
              return headersFor(api, trace.setSpan(parent, span));
            }),
          ended: ({ error, returned = false }) =>
            guard.end(span, () => {
              if (returned) span.addEvent("message returned: no queue is bound for its key");
              if (error !== undefined) fail(api, span, error);
            }),
        };
      }),
    delivered: (delivery) =>
      guard.attempt(() => {
        const parent = contextIn(api, delivery.headers);
        const attributes = attributesOfDelivery(delivery);
        const name = nameOfProcess(delivery.queueTemplate);
        const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes }, parent);
        const watched = new DeliverySpan(api, guard, span, parent);
        spans.set(delivery.key, watched);
        return watched;
      }),
    batch: ({ queueTemplate, handler, keys }) =>
      work(() => {
        const messages = keys.map((key) => spans.get(key)).filter((one) => one !== undefined);
        const span = tracer.startSpan(
          nameOfProcess(queueTemplate),
          {
            kind: SpanKind.CONSUMER,
            attributes: attributesOfBatch(queueTemplate, handler, keys.length),
            links: messages.map((one) => ({ context: one.linked })),
          },
          ROOT_CONTEXT,
        );
        for (const message of messages) guard.attempt(() => message.link(span));
        return span;
      }),
    run: ({ service, handler, label, requestHeaders }) => {
      const parent = requestHeaders ? contextOfRequest(api, requestHeaders) : ROOT_CONTEXT;
      return work(
        () =>
          tracer.startSpan(
            `run ${service.name}.${handler}`,
            { kind: SpanKind.INTERNAL, attributes: { "tomodachi.handler": handler, "tomodachi.trigger": label } },
            parent,
          ),
        parent,
      );
    },
  };
}
