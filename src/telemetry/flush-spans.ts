/** Sends what the exporters of OpenTelemetry keep for their next batch: a command ends its process right after a run. */
import { memberOf } from "../errors.ts";
import { atMost } from "../util/within.ts";
import type { OpenTelemetry } from "./opentelemetry.ts";

/** An exporter whose receiver does not answer must not keep a stop from its end. */
const flushMs = 2000;

/** Never rejects. Providers of the API have no such method; those of the SDK do. */
export async function flushSpans({ trace }: OpenTelemetry): Promise<void> {
  try {
    const given = trace.getTracerProvider();
    const delegate: unknown = callOf(given, "getDelegate");
    const flushed = callOf(delegate ?? given, "forceFlush");
    await atMost(Promise.resolve(flushed), flushMs);
  } catch {
    // Only spans are lost: the exporter has written to its own logger.
  }
}

function callOf(of: unknown, method: string): unknown {
  const found = memberOf(of, method);
  return typeof found === "function" ? (found.call(of) as unknown) : undefined;
}
