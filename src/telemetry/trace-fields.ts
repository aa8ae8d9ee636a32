/** The trace that a log line belongs to. */
import type { LogFields } from "../log/safe-logger.ts";
import type { OpenTelemetry } from "./opentelemetry.ts";

/** The names are those of OpenTelemetry's log data model in forms that are not its own (https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/). */
export function createTraceFields({ trace, context, isSpanContextValid }: OpenTelemetry): LogFields {
  return () => {
    const span = trace.getSpanContext(context.active());
    if (!span || !isSpanContextValid(span)) return undefined;
    const flags = span.traceFlags.toString(16).padStart(2, "0");
    return { trace_id: span.traceId, span_id: span.spanId, trace_flags: flags };
  };
}
