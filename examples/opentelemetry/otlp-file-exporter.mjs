// Writes spans as OTLP/JSON, one line for each batch. This is the format of the collector's file exporter, so no
// collector has to run.
import { appendFileSync } from "node:fs";

const success = 0;

export class OtlpFileExporter {
  #file;

  constructor(file) {
    this.#file = file;
  }

  export(spans, done) {
    appendFileSync(this.#file, `${JSON.stringify({ resourceSpans: spans.map(resourceSpan) })}\n`);
    done({ code: success });
  }

  async shutdown() {}
}

function resourceSpan(span) {
  const { traceId, spanId } = span.spanContext();
  return {
    resource: { attributes: attributes(span.resource.attributes) },
    scopeSpans: [
      {
        scope: span.instrumentationScope,
        spans: [
          {
            traceId,
            spanId,
            parentSpanId: span.parentSpanContext?.spanId ?? "",
            name: span.name,
            // OTLP numbers the kinds from 1.
            kind: span.kind + 1,
            startTimeUnixNano: nanoseconds(span.startTime),
            endTimeUnixNano: nanoseconds(span.endTime),
            attributes: attributes(span.attributes),
            events: span.events.map((event) => ({
              name: event.name,
              timeUnixNano: nanoseconds(event.time),
              attributes: attributes(event.attributes ?? {}),
            })),
            links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
            status: span.status,
          },
        ],
      },
    ],
  };
}

function attributes(given) {
  return Object.entries(given).map(([key, value]) => ({ key, value: attributeValue(value) }));
}

function attributeValue(value) {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(attributeValue) } };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { stringValue: String(value) };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanoseconds([seconds, rest]) {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));
}
