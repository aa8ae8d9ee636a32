// What a run found: figures, and which of them meet their goals.
import type { Cell, Job, Side } from "./jobs.ts";
import { type Figures, median, type Sample } from "./measure.ts";
import type { Started, StartFigures } from "./start.ts";

export interface SideResult {
  readonly cold: Figures;
  readonly warm: Figures;
  /** MB, by how many messages had come. */
  readonly rssMb: Readonly<Record<string, number>>;
  readonly loopP99Ms: number;
  readonly latencyMs?: { readonly p50: number; readonly p99: number } | undefined;
}

export interface JobResult extends Cell {
  readonly job: string;
  readonly text: string;
  readonly goal?: number | undefined;
  readonly sides: Readonly<Partial<Record<Side, SideResult>>>;
}

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly jobs: readonly JobResult[];
  readonly start: Readonly<Partial<Record<Started, StartFigures>>>;
}

/** One figure that was promised. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly atMost: number;
  readonly unit: string;
}

/** The medians of a side's rounds. */
function sideResult(samples: readonly Sample[]): SideResult {
  const of = (pick: (sample: Sample) => number): number => median(samples.map(pick));
  const figures = (part: "cold" | "warm"): Figures => ({
    cpuMicros: of((sample) => sample[part].cpuMicros),
    perSecond: of((sample) => sample[part].perSecond),
  });
  const points = Object.keys(samples[0]?.rss ?? {});
  const latency = samples[0]?.latencyMs && {
    p50: of(({ latencyMs }) => latencyMs?.p50 ?? Number.NaN),
    p99: of(({ latencyMs }) => latencyMs?.p99 ?? Number.NaN),
  };
  return {
    cold: figures("cold"),
    warm: figures("warm"),
    rssMb: Object.fromEntries(points.map((at) => [at, of(({ rss }) => (rss[at] ?? Number.NaN) / 2 ** 20)])),
    loopP99Ms: of(({ loopP99Ms }) => loopP99Ms),
    latencyMs: latency,
  };
}

export function jobResult(job: Job, cell: Cell, samples: ReadonlyMap<Side, readonly Sample[]>): JobResult {
  const sides = Object.fromEntries([...samples].map(([side, all]) => [side, sideResult(all)]));
  return { job: job.name, text: job.text, goal: job.goal, ...cell, sides };
}

/** How a side compares with plain amqplib. */
export function ratioOf(result: JobResult, side: Side, part: "cold" | "warm", figure: keyof Figures): number {
  const [own, plain] = [result.sides[side], result.sides.amqplib];
  return (own?.[part][figure] ?? Number.NaN) / (plain?.[part][figure] ?? Number.NaN);
}

/** Every figure that has a goal, in the order of the jobs. */
export function goalsOf({ jobs, start }: Results): readonly Goal[] {
  const goals: Goal[] = [];
  for (const result of jobs) {
    const { job, goal, sides, prefetch } = result;
    const [own, plain] = [sides.tomodachi, sides.amqplib];
    if (goal !== undefined) {
      for (const part of ["cold", "warm"] as const) {
        const name = `${nameOf(result)}, ${part}: CPU`;
        goals.push({
          name,
          value: ratioOf(result, "tomodachi", part, "cpuMicros"),
          atMost: goal,
          unit: "of amqplib's",
        });
      }
    }
    if (job === "count" && prefetch >= 1000 && own) {
      goals.push({
        name: `${nameOf(result)}: delay of the event loop, p99`,
        value: own.loopP99Ms,
        atMost: 20,
        unit: "ms",
      });
    }
    for (const [at, mb] of job === "memory" ? Object.entries(own?.rssMb ?? {}) : []) {
      const value = mb - (plain?.rssMb[at] ?? Number.NaN);
      goals.push({ name: `memory at ${at} messages`, value, atMost: 15, unit: "MB above amqplib" });
    }
    if (job === "million" && own) {
      const [, second = Number.NaN, , last = Number.NaN] = Object.values(own.rssMb);
      goals.push({
        name: "memory in the last quarter of 1 000 000 messages",
        value: last / second,
        atMost: 1.05,
        unit: "of that in the second",
      });
    }
    for (const at of own?.latencyMs && plain?.latencyMs ? (["p50", "p99"] as const) : []) {
      const value = (own?.latencyMs?.[at] ?? Number.NaN) / (plain?.latencyMs?.[at] ?? Number.NaN);
      goals.push({ name: `latency, ${at}`, value, atMost: 1, unit: "of amqplib's" });
    }
  }
  const { amqplib, compiled, typescript } = start;
  if (!amqplib || !compiled || !typescript) return goals;
  goals.push({ name: "start, compiled", value: compiled.ms / amqplib.ms, atMost: 1.1, unit: "of amqplib's" });
  goals.push({ name: "start, TypeScript", value: typescript.ms / amqplib.ms, atMost: 2, unit: "of amqplib's" });
  const idle = (compiled.idleMb ?? Number.NaN) - (amqplib.idleMb ?? Number.NaN);
  goals.push({ name: "memory of an idle service", value: idle, atMost: 10, unit: "MB above amqplib" });
  return goals;
}

/** The job, with what differs from the usual cell. */
export function nameOf({ job, bytes, prefetch, queueType }: JobResult): string {
  const size = bytes === 500 ? [] : [`${bytes} bytes`];
  const window = prefetch === 100 ? [] : [`prefetch ${prefetch}`];
  const type = queueType === "classic" ? [] : [queueType];
  return [job, ...size, ...window, ...type].join(", ");
}
