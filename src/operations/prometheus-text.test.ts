import { expect, it } from "vitest";
import { Counter, Histogram, mostSeries, Observed } from "../telemetry/metrics/instruments.ts";
import { prometheusText } from "./prometheus-text.ts";

const settings = { name: "a.b", help: "What it is.", unit: "{message}", labels: ["x.y", "z"] };

it("a counter is written with its labels, without a label that has no value", () => {
  const counter = new Counter(settings);
  counter.series("1", undefined).value++;
  counter.series("1", "").value += 2;
  expect(prometheusText([counter])).toBe(
    '# HELP a_b_total What it is.\n# TYPE a_b_total counter\na_b_total{x_y="1"} 1\na_b_total{x_y="1",z=""} 2\n',
  );
});

it("label values are escaped", () => {
  const counter = new Counter(settings);
  counter.series('quote " line\n back \\ half \ud800', undefined).value = 1;
  expect(prometheusText([counter]).split("\n")[2]).toBe('a_b_total{x_y="quote \\" line\\n back \\\\ half \ufffd"} 1');
});

it("a histogram is written in seconds, with cumulative buckets", () => {
  const histogram = new Histogram({ ...settings, unit: "s", labels: [], bounds: [0.1, 1] });
  const series = histogram.series();
  for (const value of [0.1, 0.5, 0.25, 3]) histogram.record(series, value);
  expect(prometheusText([histogram]).split("\n").slice(2)).toEqual([
    'a_b_seconds_bucket{le="0.1"} 1',
    'a_b_seconds_bucket{le="1"} 3',
    'a_b_seconds_bucket{le="+Inf"} 4',
    "a_b_seconds_sum 3.85",
    "a_b_seconds_count 4",
    "",
  ]);
});

it("observed values are read at a scrape, and nothing is written without a series", () => {
  let value = 1;
  const gauge = new Observed("gauge", { ...settings, unit: "By", labels: ["x"] }, () => [[value, "on"]]);
  const none = new Observed("counter", settings, () => []);
  expect(prometheusText([gauge, none]).split("\n")[2]).toBe('a_b_bytes{x="on"} 1');
  value = Number.POSITIVE_INFINITY;
  expect(prometheusText([gauge])).toContain('a_b_bytes{x="on"} +Inf');
});

it("values beyond the label limit are counted together", () => {
  const counter = new Counter({ ...settings, labels: ["x"] });
  for (let index = 0; index < mostSeries + 10; index++) counter.series(String(index)).value++;
  expect(counter.read().length).toBe(mostSeries + 1);
  expect(counter.read().at(-1)).toEqual({ labels: { "otel.metric.overflow": "true" }, value: 10 });
});
