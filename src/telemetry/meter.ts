/** Hands the instruments of a run to a meter of OpenTelemetry: histograms value by value, everything else when it collects. */
import type { Attributes, Meter, ObservableCallback } from "@opentelemetry/api";
import type { Logger } from "../log/logger.ts";
import { Attempts } from "./guard.ts";
import type { Instrument } from "./metrics/instruments.ts";

/** The part of a meter that is used. */
export type MetricsMeter = Pick<Meter, "createHistogram" | "createObservableCounter" | "createObservableGauge">;

/** Returns what ends it. A meter that throws costs a number, and never a message. */
export function feedMeter(meter: MetricsMeter, instruments: readonly Instrument[], logger: Logger): () => void {
  const attempts = new Attempts(logger, "metrics");
  const ends = instruments.map((instrument) => attempts.attempt(() => feed(meter, instrument, attempts)));
  return () => {
    for (const end of ends) if (end) attempts.attempt(end);
  };
}

function feed(meter: MetricsMeter, instrument: Instrument, attempts: Attempts): () => void {
  const { name, help: description, unit } = instrument.settings;
  if (instrument.kind === "histogram") {
    const advice = { explicitBucketBoundaries: [...instrument.bounds] };
    const histogram = meter.createHistogram(name, { description, unit, advice });
    instrument.listen((value, labels) => {
      try {
        histogram.record(value, labels);
      } catch (error) {
        attempts.tell(error);
      }
    });
    return () => instrument.listen(undefined);
  }
  const options = { description, unit };
  const observable =
    instrument.kind === "counter"
      ? meter.createObservableCounter(name, options)
      : meter.createObservableGauge(name, options);
  const observe: ObservableCallback<Attributes> = (result) => {
    for (const { value, labels } of instrument.read()) result.observe(value, labels);
  };
  observable.addCallback(observe);
  return () => observable.removeCallback(observe);
}
