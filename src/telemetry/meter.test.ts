/** A meter that throws costs a number, and never what is counted. */
import { describe, expect, it } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { feedMeter, type MetricsMeter } from "./meter.ts";
import { Counter, Histogram } from "./metrics/instruments.ts";

const settings = { help: "Help.", unit: "s", labels: [] };

function instruments() {
  const duration = new Histogram({ ...settings, name: "duration", bounds: [1] });
  return { duration, count: new Counter({ ...settings, name: "count" }) };
}

function broken(): never {
  throw new Error("broken");
}

describe("a meter that throws", () => {
  it("does not change the counts, and is logged once", async () => {
    const { duration, count } = instruments();
    const observable = { addCallback: broken, removeCallback: broken };
    const meter = {
      createHistogram: () => ({ record: broken }),
      createObservableCounter: () => observable,
      createObservableGauge: () => observable,
    } as unknown as MetricsMeter;
    const { logger, lines } = await capturingLogger();
    const end = feedMeter(meter, [duration, count], logger);
    duration.record(duration.series(), 0.5);
    duration.record(duration.series(), 2);
    expect(duration.read()).toMatchObject([{ count: 2, sum: 2.5 }]);
    expect(end).not.toThrow();
    expect(lines.map(({ msg }) => msg)).toEqual([
      "OpenTelemetry failed (broken), so metrics are missing. Messages are still handled",
    ]);
  });

  it("that fails to create an instrument still receives the others", async () => {
    const { duration, count } = instruments();
    const told: string[] = [];
    const meter = {
      createHistogram: broken,
      createObservableCounter: (name: string) => ({ addCallback: () => told.push(name), removeCallback: () => {} }),
      createObservableGauge: broken,
    } as unknown as MetricsMeter;
    const { logger } = await capturingLogger();
    feedMeter(meter, [duration, count], logger)();
    expect(told).toEqual(["count"]);
  });
});
