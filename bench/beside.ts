// npm run bench:beside -- <folder> [<jobs>] [--rounds 7]: this checkout beside another, compiled one; CPU of a message, in one run.
// Both sides run the programs of this checkout, so that only the framework differs.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startRabbitMq } from "../scripts/rabbitmq.ts";
import { BenchBroker } from "./broker.ts";
import { here, median, type Sample, timeProcess } from "./measure.ts";

const shapes = {
  count: { warmUp: 5000, messages: 40_000, bytes: 170 },
  publish: { warmUp: 5000, messages: 20_000, bytes: 500 },
  forward: { warmUp: 2500, messages: 10_000, bytes: 500 },
} as const;

type Work = keyof typeof shapes;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: "string", default: "7" } },
    allowPositionals: true,
  });
  const [other, ...named] = positionals;
  if (other === undefined)
    throw new Error("Name the folder of the other checkout; it must be compiled (npm run build).");
  const known = Object.keys(shapes) as Work[];
  const unknown = named.filter((name) => !known.some((work) => work === name));
  if (unknown.length > 0) throw new Error(`There is no job ${unknown.join(", ")}. Known: ${known.join(", ")}.`);
  const works = named.length > 0 ? known.filter((work) => named.includes(work)) : known;
  const scratch = mkdtempSync(join(tmpdir(), "tomodachi-beside-"));
  const sides = [here(".."), resolve(other)].map((checkout, at) => makeSide(join(scratch, String(at)), checkout));
  const node = await startRabbitMq({ name: "bench" });
  try {
    const broker = await BenchBroker.connect(node.url);
    for (const work of works) {
      const samples: Sample[][] = [[], []];
      for (let round = 0; round < Number(values.rounds); round++) {
        for (const [at, side] of sides.entries()) samples[at]?.push(await measure(work, side, node.url, broker));
      }
      const [own = Number.NaN, there = Number.NaN] = samples.map((all) => median(all.map((one) => one.warm.cpuMicros)));
      const figures = `${own.toFixed(1)} us here, ${there.toFixed(1)} us there`;
      process.stdout.write(`${work}: CPU of a message ${figures}, ratio ${(own / there).toFixed(3)}\n`);
    }
    await broker.close();
  } finally {
    await node.stop();
    rmSync(scratch, { recursive: true });
  }
}

/** A folder in which `tomodachi` is the given checkout. */
function makeSide(folder: string, checkout: string): string {
  cpSync(here("workloads"), join(folder, "workloads"), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(checkout, join(folder, "node_modules", "tomodachi"));
  return folder;
}

async function measure(work: Work, side: string, url: string, broker: BenchBroker): Promise<Sample> {
  const shape = shapes[work];
  const queue = await broker.make("classic");
  const out = await broker.make("classic");
  if (work !== "publish") await broker.fill(queue, shape.warmUp + shape.messages, shape.bytes);
  const settings = {
    queue: queue.name,
    routingKey: queue.routingKey,
    outKey: out.routingKey,
    prefetch: 100,
    queueType: "classic",
    inFlight: 100,
    ...shape,
  };
  const { output } = await timeProcess([join(side, "workloads", `${work}-tomodachi.mjs`)], { url, settings });
  await Promise.all([queue, out].map((made) => broker.remove(made)));
  return JSON.parse(output) as Sample;
}

await main();
