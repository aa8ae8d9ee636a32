/** Instruments as the text that Prometheus reads (exposition format 0.0.4). Names follow OpenTelemetry's rules for Prometheus. */
import type { Histogram, Instrument, InstrumentSettings, Labels } from "../telemetry/metrics/instruments.ts";

/** What a scrape is answered with. */
export const prometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

const unitSuffixes: Readonly<Record<string, string>> = { s: "_seconds", By: "_bytes" };

/** `messaging.process.duration` in seconds is `messaging_process_duration_seconds`; counters end in `_total`. */
function prometheusName({ name, unit }: InstrumentSettings, kind: Instrument["kind"]): string {
  const suffix = unitSuffixes[unit] ?? "";
  return `${name.replace(/[^a-zA-Z0-9_]/g, "_")}${suffix}${kind === "counter" ? "_total" : ""}`;
}

export function prometheusText(instruments: readonly Instrument[]): string {
  return instruments.map(blockOf).join("");
}

/** An instrument without a series has no line at all. */
function blockOf(instrument: Instrument): string {
  const lines = instrument.kind === "histogram" ? histogramLines(instrument) : sampleLines(instrument);
  if (lines.length === 0) return "";
  const name = prometheusName(instrument.settings, instrument.kind);
  const help = instrument.settings.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${help}\n# TYPE ${name} ${instrument.kind}\n${lines.join("\n")}\n`;
}

function sampleLines(instrument: Exclude<Instrument, Histogram>): readonly string[] {
  const name = prometheusName(instrument.settings, instrument.kind);
  return instrument.read().map(({ labels, value }) => `${name}${labelText(labels)} ${numberText(value)}`);
}

function histogramLines(histogram: Histogram): readonly string[] {
  const name = prometheusName(histogram.settings, "histogram");
  return histogram.read().flatMap(({ labels, counts, sum, count }) => {
    let below = 0;
    const buckets = histogram.bounds.map((bound, index) => {
      below += counts[index] ?? 0;
      return `${name}_bucket${labelText({ ...labels, le: numberText(bound) })} ${below}`;
    });
    return [
      ...buckets,
      `${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`,
      `${name}_sum${labelText(labels)} ${numberText(sum)}`,
      `${name}_count${labelText(labels)} ${count}`,
    ];
  });
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, "_")}="${escaped(value)}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Half a character of a key would be invalid UTF-8. */
function escaped(value: string): string {
  return Buffer.from(value).toString().replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
