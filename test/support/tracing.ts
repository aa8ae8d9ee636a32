// The real SDK of OpenTelemetry for one test file: spans are kept in memory, and shown as a tree.
import { context, propagation, SpanStatusCode, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export interface Tracing {
  readonly provider: NodeTracerProvider;
  /** Those that have ended. */
  spans(): readonly ReadableSpan[];
  /** The names of the spans of one trace, each below its parent: `publish a > process b`. */
  tree(traceId: string): readonly string[];
  /** The span of this name that ended last. */
  span(name: string): ReadableSpan | undefined;
  reset(): void;
  /** Takes everything back that was registered. */
  stop(): Promise<void>;
}

export function startTracing(): Tracing {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
  return {
    provider,
    spans,
    tree: (traceId) => {
      const own = spans().filter((span) => span.spanContext().traceId === traceId);
      const pathOf = (span: ReadableSpan): string => {
        const parent = own.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
        return `${parent ? `${pathOf(parent)} > ` : ""}${span.name}`;
      };
      return own.map(pathOf).sort();
    },
    span: (name) => spans().findLast((span) => span.name === name),
    reset: () => exporter.reset(),
    stop: async () => {
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

/** The names of a span's events, with their reasons. */
export function eventsOf(span: ReadableSpan | undefined): readonly string[] {
  return (span?.events ?? []).map(({ name, attributes }) => {
    const what = attributes?.["tomodachi.reason"] ?? attributes?.["exception.type"];
    return what === undefined ? name : `${name}: ${String(what)}`;
  });
}

export function hasFailed(span: ReadableSpan | undefined): boolean {
  return span?.status.code === SpanStatusCode.ERROR;
}
