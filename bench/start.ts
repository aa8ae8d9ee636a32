// How soon a process consumes, and what it takes in memory while it has nothing to do.

import type { RunContext } from "./jobs.ts";
import { here, median, timeProcess } from "./measure.ts";

export type Started = "amqplib" | "compiled" | "typescript" | "node -e 0";

export interface StartFigures {
  readonly ms: number;
  /** MB after three idle seconds; undefined for an empty process. */
  readonly idleMb: number | undefined;
}

const idleMs = 3000;

const run = [here("../dist/cli/main.js"), "run"];
const quiet = ["--production", "--logger", "disabled"];
const programs: Readonly<Record<Started, readonly string[]>> = {
  amqplib: [here("workloads/ready-amqplib.mjs")],
  compiled: [...run, here("workloads/ready-service.mjs"), ...quiet],
  typescript: [...run, here("workloads/ready-typescript.ts"), ...quiet],
  "node -e 0": ["-e", "0"],
};

/** Medians of the rounds; the queues exist before the first round that counts. */
export async function measureStart(
  { broker, url }: RunContext,
  rounds: number,
): Promise<ReadonlyMap<Started, StartFigures>> {
  const queue = await broker.make("classic");
  const settings = { queue: queue.name, routingKey: queue.routingKey };
  const names = Object.keys(programs) as Started[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  // The first start makes the dead-letter queue and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const { ms, output } = await timeProcess(programs[name], { url, settings }, true);
      if (name !== "node -e 0" && !output.startsWith("ready\n")) throw new Error(`${name} printed ${output}.`);
      if (round > 0) times.get(name)?.push(ms);
    }
  }
  const figures = new Map<Started, StartFigures>();
  for (const name of names) {
    figures.set(name, { ms: median(times.get(name) ?? []), idleMb: await idleMb(name, url, settings) });
  }
  await broker.remove(queue);
  return figures;
}

async function idleMb(
  name: Started,
  url: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<number | undefined> {
  if (name === "node -e 0") return undefined;
  const { output } = await timeProcess(programs[name], { url, settings: { ...settings, idleMs } });
  return Number(output.replace("ready\n", "")) / 2 ** 20;
}
