/**
 * Numbers that are counted while services run. An instrument has a series for each set of label values; the counting code keeps the
 * series, so that counting is an addition. Names and labels are those of OpenTelemetry; each reader writes them in its own form.
 */

/** What is counted, and in which unit (UCUM, as OpenTelemetry writes it: "s", "{message}"). */
export interface InstrumentSettings {
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  /** The names of the labels. A label whose value is undefined is left out. */
  readonly labels: readonly string[];
}

export type LabelValue = string | undefined;
export type Labels = Readonly<Record<string, string>>;

export interface CounterSeries {
  readonly labels: Labels;
  value: number;
}

export interface HistogramSeries {
  readonly labels: Labels;
  /** How many values were at most each bound and above the one before; the last: above all bounds. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** A service that publishes to a thousand exchanges must not fill the memory: what comes after this many is counted together. */
export const mostSeries = 500;

/** As OpenTelemetry's SDKs mark it. */
const overflow: Labels = { "otel.metric.overflow": "true" };

/** Makes each series once. */
class SeriesTable<Series> {
  readonly #settings: InstrumentSettings;
  readonly #create: (labels: Labels) => Series;
  readonly #series = new Map<string, Series>();
  #overflow: Series | undefined;

  constructor(settings: InstrumentSettings, create: (labels: Labels) => Series) {
    this.#settings = settings;
    this.#create = create;
  }

  of(values: readonly LabelValue[]): Series {
    const key = values.map((value) => (value === undefined ? "" : `=${value}`)).join("\0");
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= mostSeries) {
      this.#overflow ??= this.#create(overflow);
      return this.#overflow;
    }
    const series = this.#create(labelsOf(this.#settings.labels, values));
    this.#series.set(key, series);
    return series;
  }

  all(): readonly Series[] {
    return this.#overflow ? [...this.#series.values(), this.#overflow] : [...this.#series.values()];
  }
}

/** A counter only grows; a gauge goes down as well. */
export class Counter {
  readonly kind: "counter" | "gauge";
  readonly settings: InstrumentSettings;
  readonly #series: SeriesTable<CounterSeries>;

  constructor(settings: InstrumentSettings, kind: Counter["kind"] = "counter") {
    this.kind = kind;
    this.settings = settings;
    this.#series = new SeriesTable<CounterSeries>(settings, (labels) => ({ labels, value: 0 }));
  }

  /** In the order of the labels. */
  series(...values: readonly LabelValue[]): CounterSeries {
    return this.#series.of(values);
  }

  read(): readonly CounterSeries[] {
    return this.#series.all();
  }
}

/** Also called with each value if OpenTelemetry listens: a histogram cannot be passed on afterwards. */
export type RecordListener = (value: number, labels: Labels) => void;

/** How values are distributed. */
export class Histogram {
  readonly kind = "histogram";
  readonly settings: InstrumentSettings;
  /** Upper bounds, rising. */
  readonly bounds: readonly number[];
  readonly #series: SeriesTable<HistogramSeries>;
  #listener: RecordListener | undefined;

  constructor(settings: InstrumentSettings & { readonly bounds: readonly number[] }) {
    this.settings = settings;
    this.bounds = settings.bounds;
    const counts = (): number[] => new Array<number>(settings.bounds.length + 1).fill(0);
    this.#series = new SeriesTable<HistogramSeries>(settings, (labels) => ({
      labels,
      counts: counts(),
      sum: 0,
      count: 0,
    }));
  }

  series(...values: readonly LabelValue[]): HistogramSeries {
    return this.#series.of(values);
  }

  record(series: HistogramSeries, value: number): void {
    let place = 0;
    while (place < this.bounds.length && value > (this.bounds[place] as number)) place++;
    series.counts[place] = (series.counts[place] as number) + 1;
    series.sum += value;
    series.count++;
    this.#listener?.(value, series.labels);
  }

  listen(listener: RecordListener | undefined): void {
    this.#listener = listener;
  }

  read(): readonly HistogramSeries[] {
    return this.#series.all();
  }
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** A value, then its labels in their order. */
export type Row = readonly [value: number, ...labels: LabelValue[]];

/** A value that is determined when it is read. */
export class Observed {
  readonly kind: "counter" | "gauge";
  readonly settings: InstrumentSettings;
  readonly #look: () => readonly Row[];

  constructor(kind: "counter" | "gauge", settings: InstrumentSettings, look: () => readonly Row[]) {
    this.kind = kind;
    this.settings = settings;
    this.#look = look;
  }

  read(): readonly Sample[] {
    return this.#look().map(([value, ...values]) => ({ value, labels: labelsOf(this.settings.labels, values) }));
  }
}

export type Instrument = Counter | Histogram | Observed;

function labelsOf(names: readonly string[], values: readonly LabelValue[]): Labels {
  const pairs = names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, values[index]]]));
  return Object.fromEntries(pairs) as Labels;
}
